// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/nccl_tests/perf_text.hpp"

#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <vector>

namespace muster {
namespace {

/// The release whose output this is.
constexpr const char* kFormatVersion = "2.19.0";

[[gnu::format(printf, 1, 2)]] std::string printed(const char* format, ...) {
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  std::string text(static_cast<std::size_t>(std::vsnprintf(nullptr, 0, format, arguments)), '\0');
  std::vsnprintf(text.data(), text.size() + 1, format, again);
  va_end(again);
  va_end(arguments);
  return text;
}

/// A column of the table: its head, its unit and its width.
struct Column {
  const char* head;
  const char* unit;
  int width;
};

std::vector<Column> columns_of(const PerfOptions& options) {
  std::vector<Column> columns = {
      {"size", "(B)", 10}, {"count", "(elements)", 12}, {"type", "", 8}, {"redop", "", 6}, {"root", "", 6}};
  for (int placement = 0; placement < 2; ++placement) {
    columns.insert(columns.end(), {{options.cpu_time != 0 ? "cputime" : "time", "(us)", 7},
                                   {"algbw", "(GB/s)", 6},
                                   {"busbw", "(GB/s)", 6},
                                   {"#wrong", "", 6}});
    if (options.per_iteration == 0) continue;
    columns.insert(columns.end(),
                   {{"i_min", "(us)", 7}, {"i_max", "(us)", 7}, {"i_p99", "(us)", 7}, {"i_cv%", "(%)", 7}});
  }
  return columns;
}

/// The line above the columns, whose words tell readers that both placements follow.
std::string placements_line(const PerfOptions& options) {
  const std::string indent = printed("# %10s  %12s  %8s  %6s  %6s", "", "", "", "", "");
  if (options.per_iteration != 0) {
    return indent + printed("%26s (+ per-iteration)%40s (+ per-iteration)\n", "out-of-place", "in-place");
  }
  return indent + printed("%23s%31s%10s\n", "out-of-place", "in-place", "");
}

std::string table_head(const PerfOptions& options) {
  const bool is_stamped = options.timestamps != 0;
  std::string heads = "#", units = "#";
  const char* gap = " ";
  for (const Column& column : columns_of(options)) {
    heads += printed("%s%*s", gap, column.width, column.head);
    units += printed("%s%*s", gap, column.width, column.unit);
    gap = "  ";
  }
  const int stamp_width = is_stamped ? 19 : 0;
  heads += printed(" %*s\n", stamp_width, is_stamped ? "timestamp" : "");
  units += printed(" %*s\n", stamp_width, is_stamped ? "%Y-%m-%d %H:%M:%S" : "");
  return placements_line(options) + heads + units;
}

std::string sizes_line(const PerfOptions& options) {
  const bool multiplies = options.step_factor > 1;
  return printed(
      "# nThread %d nGpus %d minBytes %llu maxBytes %llu step: %llu(%s) warmup iters: %d iters: %d agg iters: %d "
      "validation: %d graph: %d unalign: %d\n",
      options.threads.value_or(1), options.gpus.value_or(1), static_cast<unsigned long long>(options.min_bytes.value),
      static_cast<unsigned long long>(options.max_bytes.value),
      static_cast<unsigned long long>(multiplies ? options.step_factor : options.step_bytes),
      multiplies ? "factor" : "bytes", options.warmup, options.iterations, options.aggregated, options.checks,
      options.graph_launches, options.unalign);
}

std::string device_line(const PerfDevice& device) {
  return printed("#  Rank %2d Group %2d Pid %6d on %10s device %2d [%s] %s\n", device.rank, device.group, device.pid,
                 device.host.c_str(), device.device, device.address.c_str(), device.name.c_str());
}

std::string placement_text(const PerfPlacementResult& result) {
  constexpr double kMicro = 1e6, kGiga = 1e9;
  std::string text = "  " + perf_number(result.seconds * kMicro, 7) + "  " + perf_number(result.algbw / kGiga, 6) +
                     "  " + perf_number(result.busbw / kGiga, 6);
  text += result.wrong ? printed("  %6g", static_cast<double>(*result.wrong)) : "    N/A";
  if (!result.iterations) return text;
  const PerfIterations& iterations = *result.iterations;
  for (const double value :
       {iterations.least * kMicro, iterations.most * kMicro, iterations.p99 * kMicro, iterations.variation_percent}) {
    text += "  " + perf_number(value, 7);
  }
  return text;
}

}  // namespace

std::string perf_number(double value, int width) {
  int digits = 0;  // before the point, as nccl-tests counts them: 10 has two, 9.999 one, and 0 none
  for (double power = 1; value >= power && std::isfinite(value); power *= 10) ++digits;
  if (digits < width - 2) return printed("%*.2f", width, value);
  if (digits < width - 1) return printed("%*.1f", width, value);
  if (digits < width + 1) return printed("%*.0f", width, value);
  return width >= 7 ? printed("%*.1e", width, value) : printed("%*.0e", width, value);
}

std::string perf_header(const PerfReport& report) {
  std::string text = printed("# nccl-tests version %s nccl-headers=%d nccl-library=%d\n", kFormatVersion,
                             report.library_version, report.library_version);
  text += "# Collective test starting: " + std::string(report.program->name) + "\n";
  text += sizes_line(report.options);
  if (report.options.blocking == 1) {
    text += "# Blocking Enabled: wait for completion and barrier after each collective \n";
  } else if (report.options.blocking > 1) {
    text += "# Blocking Enabled: wait for completion after each collective (no barrier) \n";
  }
  if (report.options.per_iteration != 0) text += "# Per-Iteration Report: i_* are of the slowest rank's times\n";
  for (const std::string& note : report.notes) text += "# " + note + "\n";
  text += "#\n# Using devices\n";
  for (const PerfDevice& device : report.devices) text += device_line(device);
  return text + "#\n" + table_head(report.options);
}

std::string perf_line(const PerfRow& row, const PerfOptions& options) {
  std::string text =
      printed("%12llu  %12llu  %8s  %6s  %6d", static_cast<unsigned long long>(row.size),
              static_cast<unsigned long long>(row.count), row.type.c_str(), row.operation.c_str(), row.root);
  text += placement_text(row.out_of_place) + placement_text(row.in_place);
  if (options.timestamps != 0) text += printed("%21s", row.timestamp.c_str());
  return text + "\n";
}

std::string perf_footer(const PerfReport& report) {
  const PerfVerdict verdict = verdict_of(report);
  std::string text;
  for (const std::string& error : report.errors) text += "# error: " + error + "\n";
  text += printed("# %-20s : %llu %s\n", "Out of bounds values", static_cast<unsigned long long>(verdict.wrong),
                  verdict.wrong == 0 ? "OK" : "FAILED");
  const char* word = !verdict.is_fast_enough ? "" : *verdict.is_fast_enough ? "OK" : "FAILED";
  text += printed("# %-20s : %g %s\n", "Avg bus bandwidth", verdict.mean_busbw / 1e9, word);
  return text + "#\n# Collective test concluded: " + std::string(report.program->name) + "\n\n";
}

}  // namespace muster
