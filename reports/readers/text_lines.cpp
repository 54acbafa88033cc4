// SPDX-License-Identifier: Apache-2.0
#include "reports/readers/text_lines.hpp"

#include <algorithm>
#include <array>

#include "core/file.hpp"
#include "reports/readers/nccl_tests_row.hpp"
#include "reports/readers/plain_text.hpp"

namespace muster {
namespace {

constexpr std::size_t kMostIncidentsKept = 100;
constexpr std::size_t kLongestName = 200;

// Of launchers, MPI, CUDA, NCCL and RCCL, when a run dies.
constexpr auto kDeaths =
    std::to_array<std::string_view>({"Test failure", "NCCL failure", "CUDA failure", "HIP failure", "RCCL failure",
                                     "mpirun noticed", "MPI_ABORT", "MPI_Abort", "Segmentation fault", "Bus error",
                                     "srun: error:", "CANCELLED", "BAD TERMINATION", "out of memory", "unhandled"});

}  // namespace

std::vector<TextLine> lines_of(std::string_view text) {
  std::vector<std::string_view> plain;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    plain.push_back(text.substr(at, end - at));
    if (plain.back().ends_with('\r')) plain.back().remove_suffix(1);
    at = end + 1;
  }
  remove_prefixes(plain);
  std::vector<TextLine> lines;
  lines.reserve(plain.size());
  for (const std::string_view line : plain) {
    lines.push_back({.number = static_cast<int>(lines.size()) + 1, .text = line, .words = words_of_line(line)});
  }
  if (!lines.empty()) lines.back().ended = text.ends_with('\n');
  return lines;
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

bool says_failure(std::string_view line) {
  return std::ranges::any_of(kDeaths, [line](std::string_view death) { return has(line, death); });
}

std::string_view word_after(std::string_view line, std::string_view name) {
  const std::size_t at = line.find(name);
  if (at == std::string_view::npos) return {};
  const std::size_t start = line.find_first_not_of(" \t=:", at + name.size());
  if (start == std::string_view::npos) return {};
  return line.substr(start, std::min(line.find_first_of(" \t\r", start), line.size()) - start);
}

std::string word_of(std::string_view text) {
  std::string word;
  for (const char c : text.substr(0, kLongestName)) word += c > ' ' && c <= '~' ? c : '_';
  return word;
}

std::string place_of(const std::string& origin, int line) { return origin + ":" + std::to_string(line); }

Reading metric_reading(std::string_view name, std::string_view unit, Better better, double value,
                       const std::string& place) {
  Case item;
  item.family = Family::metric;
  item.name = word_of(name);
  if (name.size() > kLongestName) item.name += "~" + digest(name);  // so that two long ones stay two
  item.unit = unit;
  item.better = better;
  Record record;
  record.averaged_over = 0;
  record.origin = place;
  record.values = {value};
  return {std::move(item), std::move(record)};
}

void add_incident(ForeignResults& results, const std::string& place, std::string_view what) {
  if (results.incidents.size() >= kMostIncidentsKept) return;
  Incident incident;
  incident.what = place + ": ";
  for (const char c : what.substr(0, 200)) incident.what += c >= ' ' && c <= '~' ? c : ' ';
  results.incidents.push_back(std::move(incident));
}

}  // namespace muster
