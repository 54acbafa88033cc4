// SPDX-License-Identifier: Apache-2.0
#include "reports/health_table.hpp"

#include <algorithm>
#include <ostream>

#include "reports/text_table.hpp"

namespace muster {
namespace {

constexpr const char* kUnknown = "-";

std::string number_cell(const std::optional<double>& value, double unit) {
  return value ? without_zeros(significant(*value / unit)) : kUnknown;
}

std::string pair_cell(const std::string& left, const std::string& right) {
  return left == kUnknown && right == kUnknown ? kUnknown : left + "/" + right;
}

std::string ecc_cell(const GpuHealth& gpu) {
  if (!gpu.ecc) return kUnknown;
  if (*gpu.ecc == "disabled") return "off";
  return gpu.uncorrected_errors.value_or(0) > 0 ? std::to_string(*gpu.uncorrected_errors) + " errors" : "on";
}

std::string pcie_cell(const GpuHealth& gpu) {
  if (!gpu.pcie_generation || !gpu.pcie_lanes) return kUnknown;
  return "gen" + std::to_string(*gpu.pcie_generation) + " x" + std::to_string(*gpu.pcie_lanes);
}

std::string links_cell(const GpuHealth& gpu) {
  if (gpu.links.empty()) return kUnknown;
  const auto active = std::ranges::count(gpu.links, "active", &NvLinkHealth::state);
  return std::to_string(active) + "/" + std::to_string(gpu.links.size());
}

std::string verdict_cell(const GpuHealth& gpu, const std::vector<Finding>& findings) {
  Severity worst = Severity::note;
  for (const Finding& finding : findings) {
    if (finding.place == place_of(gpu)) worst = std::max(worst, finding.severity);
  }
  return worst == Severity::note ? "ok" : std::string(name_of(worst));
}

void print_gpus(std::ostream& out, const HealthSummary& summary, const TextStyle& style) {
  TextTable table({{"host", Align::left},
                   {"gpu"},
                   {"model", Align::left},
                   {"clocks(MHz)"},
                   {"power(W)"},
                   {"temp(C)"},
                   {"ECC", Align::left},
                   {"PCIe", Align::left},
                   {"links"},
                   {"verdict", Align::left}});
  for (const GpuHealth& gpu : summary.gpus) {
    table.add({gpu.host, std::to_string(gpu.index), gpu.model,
               pair_cell(number_cell(gpu.clocks.multiprocessor_hertz, 1e6), number_cell(gpu.clocks.memory_hertz, 1e6)),
               pair_cell(number_cell(gpu.power_watts, 1), number_cell(gpu.power_limit_watts, 1)),
               number_cell(gpu.temperature_celsius, 1), ecc_cell(gpu), pcie_cell(gpu), links_cell(gpu),
               verdict_cell(gpu, summary.findings)});
  }
  table.print(out, style);
}

void print_finding(std::ostream& out, Severity severity, const std::string& text, const TextStyle& style) {
  const std::string word(name_of(severity));
  const std::string line = wrapped("  " + word + " " + printable(text), 4, style);
  out << "  " << coloured(word, word, style) << line.substr(2 + word.size()) << '\n';
}

}  // namespace

void print_health(std::ostream& out, const HealthSummary& summary, const TextStyle& style) {
  if (summary.gpus.empty() && summary.findings.empty() && summary.degraded_cases.empty()) return;
  out << '\n'
      << wrapped("health (clocks: multiprocessors/memory; power: drawn/limit; links: active/all)", 0, style) << '\n';
  print_gpus(out, summary, style);
  for (const Finding& finding : summary.findings) {
    print_finding(out, finding.severity, finding.code + " " + finding.place + ": " + finding.meaning, style);
  }
  for (const CaseDegradation& degraded : summary.degraded_cases) {
    print_finding(out, degraded.severity, degraded.case_id + ": " + degraded.reason, style);
  }
}

}  // namespace muster
