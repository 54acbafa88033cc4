// SPDX-License-Identifier: Apache-2.0
#include "reports/gpu_rates.hpp"

#include <algorithm>

#include "topology/gpu_arithmetic.hpp"

namespace muster {
namespace {

double median_of(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

/// The rank whose median duration is the longest; 0 where the record does not keep durations by rank.
std::size_t slowest_rank(const Record& record) {
  std::size_t slowest = 0;
  double longest = 0;
  for (std::size_t rank = 0; rank < record.rank_seconds.size(); ++rank) {
    if (record.rank_seconds[rank].empty()) continue;
    const double median = median_of(record.rank_seconds[rank]);
    if (median <= longest) continue;
    longest = median;
    slowest = rank;
  }
  return slowest;
}

std::optional<double> clock_seen(const Record& record, std::size_t rank) {
  for (const Telemetry& series : record.telemetry) {
    if (series.rank != static_cast<int>(rank) || series.multiprocessor_hertz.empty()) continue;
    return median_of(series.multiprocessor_hertz);
  }
  return std::nullopt;
}

}  // namespace

void add_gpu_rates(Row& row, const Run& run) {
  const Case& item = row.item;
  if (item.family != Family::matmul || item.processor != Processor::gpu || !row.time || run.headers.empty()) return;
  const std::vector<Gpu>& gpus = run.headers.back().gpus;
  const std::size_t rank = slowest_rank(*row.record);
  if (rank >= gpus.size()) return;
  const Gpu& gpu = gpus[rank];
  if (const auto sheet = data_sheet_flops(gpu.model, item.type, item.math)) {
    row.fraction_of_data_sheet = row.flops_per_second / *sheet;
  }
  const auto per_clock = flops_per_clock(gpu.compute_capability, item.type, item.math);
  const auto clock = clock_seen(*row.record, rank);
  if (per_clock && clock && *clock > 0 && gpu.multiprocessors > 0) {
    row.fraction_at_clock = row.flops_per_second / (*per_clock * gpu.multiprocessors * *clock);
  }
}

}  // namespace muster
