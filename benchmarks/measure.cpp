// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/measure.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "reports/statistics.hpp"

namespace muster {
namespace {

/// Enough for an interval of the median (6, docs/metrics.md), not more: large operations have no time to lose.
constexpr int kPilotSamples = 6;

Stamps take(Team& team, Clock& clock, const Operation& operation, int count) {
  Stamps stamps;
  stamps.begin.resize(static_cast<std::size_t>(count));
  stamps.end.resize(static_cast<std::size_t>(count));
  team.barrier();
  if (operation.cadence == Cadence::isolated) {
    for (std::size_t i = 0; i < stamps.begin.size(); ++i) {
      operation.begins();
      team.barrier();
      stamps.begin[i] = clock.now().value;
      operation.run();
      stamps.end[i] = clock.now().value;
    }
    return stamps;
  }
  double last = clock.now().value;
  for (std::size_t i = 0; i < stamps.begin.size(); ++i) {
    stamps.begin[i] = last;
    operation.begins();
    operation.run();
    stamps.end[i] = last = clock.now().value;
  }
  return stamps;
}

std::vector<Stamps> gather(Team& team, const Stamps& mine) {
  std::vector<Stamps> all(static_cast<std::size_t>(team.ranks()));
  const auto begins = all_gather(team, mine.begin);
  const auto ends = all_gather(team, mine.end);
  for (std::size_t rank = 0; rank < all.size(); ++rank) all[rank] = {begins[rank], ends[rank]};
  return all;
}

}  // namespace

int settle_samples(const std::vector<double>& pilot, Seconds per_sample, const Sampling& sampling, Seconds share) {
  if (sampling.fixed > 0) return sampling.fixed;
  const int wanted = samples_for_precision(pilot, sampling.precision, sampling.at_least, sampling.at_most);
  const double fit = std::floor(share.value / std::max(per_sample.value, 1e-9));
  const int affordable = static_cast<int>(std::min(fit, static_cast<double>(sampling.at_most)));
  return std::max({std::min(wanted, affordable), std::min(sampling.at_least, kPilotSamples),
                   std::min(sampling.at_least, affordable)});
}

Samples samples_of(const std::vector<Stamps>& stamps, const ClockAlignment& alignment, Cadence cadence) {
  const std::size_t ranks = stamps.size();
  const std::size_t count = stamps.front().begin.size();
  Samples samples;
  samples.seconds.resize(count);
  samples.rank_seconds.assign(ranks, std::vector<double>(count));
  samples.arrival_seconds.assign(ranks, std::vector<double>(count));
  double last_end = 0;
  for (std::size_t i = 0; i < count; ++i) {
    double first_begin = INFINITY, slowest = 0, end = -INFINITY;
    for (std::size_t rank = 0; rank < ranks; ++rank) {
      const double begin = stamps[rank].begin[i] + alignment.offset[rank];
      samples.arrival_seconds[rank][i] = begin;
      samples.rank_seconds[rank][i] = stamps[rank].end[i] - stamps[rank].begin[i];
      first_begin = std::min(first_begin, begin);
      slowest = std::max(slowest, samples.rank_seconds[rank][i]);
      end = std::max(end, stamps[rank].end[i] + alignment.offset[rank]);
    }
    for (std::size_t rank = 0; rank < ranks; ++rank) samples.arrival_seconds[rank][i] -= first_begin;
    const bool has_predecessor = cadence == Cadence::streaming && i > 0;
    samples.seconds[i] = has_predecessor ? end - last_end : slowest;
    last_end = end;
  }
  return samples;
}

Samples measure(Team& team, Clock& clock, const Operation& operation, const Sampling& sampling, Seconds share) {
  const Seconds begin = clock.now();
  for (int i = 0; i < sampling.warmup; ++i) operation.run();
  int wanted = sampling.fixed;
  if (wanted == 0) {
    const ClockAlignment alignment = align_clocks(team, clock);
    const Seconds pilot_begin = clock.now();
    const std::vector<Stamps> pilot = gather(team, take(team, clock, operation, kPilotSamples));
    const Seconds now = clock.now();
    const Seconds per_sample = (now - pilot_begin) * (1.0 / kPilotSamples);
    const Seconds left = share - (now - begin);
    wanted = settle_samples(samples_of(pilot, alignment, operation.cadence).seconds, per_sample, sampling, left);
  }
  const int agreed_samples = agree(team, wanted);
  const ClockAlignment alignment = align_clocks(team, clock);
  Samples samples =
      samples_of(gather(team, take(team, clock, operation, agreed_samples)), alignment, operation.cadence);
  samples.warmup = sampling.warmup + (sampling.fixed == 0 ? kPilotSamples : 0);
  samples.agreed = agreed_samples;
  return samples;
}

}  // namespace muster
