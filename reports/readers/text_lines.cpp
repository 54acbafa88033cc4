// SPDX-License-Identifier: Apache-2.0
#include "reports/readers/text_lines.hpp"

#include <algorithm>
#include <array>

#include "core/file.hpp"
#include "reports/readers/nccl_tests_row.hpp"

namespace muster {
namespace {

constexpr std::size_t kMostIncidentsKept = 100;
constexpr std::size_t kLongestName = 200;

// Of launchers, MPI, CUDA, NCCL and RCCL, when a run dies.
constexpr auto kDeaths =
    std::to_array<std::string_view>({"Test failure", "NCCL failure", "CUDA failure", "HIP failure", "RCCL failure",
                                     "mpirun noticed", "MPI_ABORT", "MPI_Abort", "Segmentation fault", "Bus error",
                                     "srun: error:", "CANCELLED", "BAD TERMINATION", "out of memory", "unhandled"});

// "[1,0]<stdout>:" of mpirun --tag-output, "[0] " of mpiexec -l, "0: " and "12:" of srun -l.
std::string_view without_launcher(std::string_view line) {
  if (line.starts_with("[")) {
    const std::size_t tag = line.find(">:");
    if (tag != std::string_view::npos) return line.substr(tag + 2);
    const std::size_t digits = line.find_first_not_of("0123456789", 1);
    const bool is_rank = digits != std::string_view::npos && digits > 1 && line[digits] == ']';
    return is_rank ? line.substr(digits + 1) : line;
  }
  const std::size_t digits = line.find_first_not_of("0123456789 ");
  const bool is_label = digits != 0 && digits != std::string_view::npos && line[digits] == ':';
  return is_label ? line.substr(digits + 1) : line;
}

}  // namespace

std::vector<TextLine> lines_of(std::string_view text) {
  std::vector<TextLine> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = without_launcher(text.substr(at, end - at));
    if (line.ends_with('\r')) line.remove_suffix(1);
    const int number = static_cast<int>(lines.size()) + 1;
    lines.push_back({.number = number, .text = line, .words = words_of_line(line), .ended = end < text.size()});
    at = end + 1;
  }
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
