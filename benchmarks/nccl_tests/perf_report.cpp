// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/nccl_tests/perf_report.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.hpp"

namespace muster {
namespace {

/// The least value that so many percent of `sorted` do not exceed.
double nearest_rank(const std::vector<double>& sorted, std::size_t percent) {
  const std::size_t rank = (sorted.size() * percent + 99) / 100;
  return sorted[std::min(sorted.size(), rank) - 1];
}

}  // namespace

PerfIterations summarised(std::vector<std::vector<double>> rank_seconds, int skipped) {
  PerfIterations result;
  result.skipped = skipped;
  for (std::size_t i = 0; i < rank_seconds.front().size(); ++i) {
    double slowest = 0;
    for (const std::vector<double>& rank : rank_seconds) slowest = std::max(slowest, rank[i]);
    result.seconds.push_back(slowest);
  }
  result.rank_seconds = std::move(rank_seconds);
  MUSTER_ASSERT(skipped >= 0 && static_cast<std::size_t>(skipped) < result.seconds.size());
  std::vector<double> sorted(result.seconds.begin() + skipped, result.seconds.end());
  std::ranges::sort(sorted);
  const double count = static_cast<double>(sorted.size());
  result.least = sorted.front();
  result.most = sorted.back();
  result.mean = std::accumulate(sorted.begin(), sorted.end(), 0.0) / count;
  result.p50 = sorted[sorted.size() / 2];
  result.p95 = nearest_rank(sorted, 95);
  result.p99 = nearest_rank(sorted, 99);
  double squares = 0;
  for (const double each : sorted) squares += (each - result.mean) * (each - result.mean);
  result.deviation = std::sqrt(squares / count);
  result.variation_percent = result.mean > 0 ? result.deviation / result.mean * 100 : 0;
  return result;
}

PerfVerdict verdict_of(const PerfReport& report) {
  PerfVerdict verdict;
  double sum = 0;
  bool is_sound = !report.rows.empty() && report.errors.empty();
  for (const PerfRow& row : report.rows) {
    sum += row.out_of_place.busbw + row.in_place.busbw;
    // Where there is no operation in place its column is never checked; the other one always must be.
    if (!row.out_of_place.wrong) is_sound = false;
    verdict.wrong += row.out_of_place.wrong.value_or(0) + row.in_place.wrong.value_or(0);
  }
  if (!report.rows.empty()) verdict.mean_busbw = sum / (2 * static_cast<double>(report.rows.size()));
  constexpr double kShare = 0.9;
  if (report.least_bandwidth) {
    verdict.is_fast_enough = is_sound && verdict.mean_busbw >= kShare * *report.least_bandwidth;
  } else if (!report.errors.empty()) {
    verdict.is_fast_enough = false;
  }
  if (!std::isfinite(verdict.mean_busbw)) verdict.is_fast_enough = false;
  const bool is_good = verdict.wrong == 0 && verdict.is_fast_enough.value_or(true) && !report.rows.empty();
  verdict.exit_code = is_good ? 0 : kPerfFailed;
  return verdict;
}

}  // namespace muster
