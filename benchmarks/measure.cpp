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

void take_isolated(Team& team, Clock& clock, const Operation& operation, Stamps& stamps) {
  for (std::size_t i = 0; i < stamps.begin.size(); ++i) {
    operation.begins();
    team.barrier();
    stamps.begin[i] = clock.now().value;
    operation.run();
    const double end = clock.now().value;
    const std::optional<Seconds> device_time = operation.device_time();
    stamps.end[i] = device_time ? stamps.begin[i] + device_time->value : end;
  }
}

void take_stream(Clock& clock, const Operation& operation, Stamps& stamps) {
  double last = clock.now().value;
  operation.begins();
  const std::vector<Seconds> durations = operation.stream(static_cast<int>(stamps.begin.size()));
  for (std::size_t i = 0; i < stamps.begin.size(); ++i) {
    stamps.begin[i] = last;
    if (durations.empty()) {
      operation.begins();
      operation.run();
      last = clock.now().value;
    } else {
      last += durations.at(i).value;
    }
    stamps.end[i] = last;
  }
}

Stamps stamps_for(int count) {
  const std::vector<double> empty(static_cast<std::size_t>(count));
  return {empty, empty};
}

Stamps take(Team& team, Clock& clock, const Operation& operation, int count) {
  Stamps stamps = stamps_for(count);
  team.barrier();
  if (operation.cadence == Cadence::isolated) {
    take_isolated(team, clock, operation, stamps);
  } else {
    take_stream(clock, operation, stamps);
  }
  return stamps;
}

/// Each stamp spans the mean of its operations.
Stamps take_sustained(Team& team, Clock& clock, const Operation& operation, const SustainedSamples& agreed) {
  Stamps stamps = stamps_for(agreed.samples);
  team.barrier();
  for (std::size_t i = 0; i < stamps.begin.size(); ++i) {
    operation.begins();
    stamps.begin[i] = clock.now().value;
    const std::vector<Seconds> durations = operation.stream(agreed.operations_each);
    double sum = 0;
    for (const Seconds& duration : durations) sum += duration.value;
    if (durations.empty()) {
      for (int j = 0; j < agreed.operations_each; ++j) operation.run();
      sum = clock.now().value - stamps.begin[i];
    }
    stamps.end[i] = stamps.begin[i] + sum / agreed.operations_each;
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

SustainedSamples sustained_samples(Seconds sustain, Seconds per_operation) {
  constexpr double kMostOperations = 1e9;
  const double operations =
      std::clamp(std::ceil(sustain.value / std::max(per_operation.value, 1e-9)), 1.0, kMostOperations);
  const double samples = std::min(operations, static_cast<double>(kMostSustainedSamples));
  return {static_cast<int>(samples), static_cast<int>(operations / samples)};
}

namespace {

/// What the pilot tells: the spread of its samples, and how long one took from the host's view.
struct Pilot {
  std::vector<double> seconds;
  Seconds per_sample;
};

Pilot take_pilot(Team& team, Clock& clock, const Operation& operation) {
  const ClockAlignment alignment = align_clocks(team, clock);
  const Seconds begin = clock.now();
  const std::vector<Stamps> stamps = gather(team, take(team, clock, operation, kPilotSamples));
  const Seconds per_sample = (clock.now() - begin) * (1.0 / kPilotSamples);
  return {samples_of(stamps, alignment, operation.cadence).seconds, per_sample};
}

Samples measure_sustained(Team& team, Clock& clock, const Operation& operation) {
  const std::vector<double> pilot = take_pilot(team, clock, operation).seconds;
  const Seconds shortest{*std::ranges::min_element(pilot)};
  const SustainedSamples agreed = agree(team, sustained_samples(operation.sustain, shortest));
  const ClockAlignment alignment = align_clocks(team, clock);
  const std::vector<Stamps> stamps = gather(team, take_sustained(team, clock, operation, agreed));
  Samples samples = samples_of(stamps, alignment, Cadence::isolated);  // each stamp stands for itself
  samples.agreed = agreed.samples;
  return samples;
}

}  // namespace

Samples measure(Team& team, Clock& clock, const Operation& operation, const Sampling& sampling, Seconds share) {
  const Seconds begin = clock.now();
  for (int i = 0; i < sampling.warmup; ++i) operation.run();
  if (operation.sustain.value > 0) {
    Samples samples = measure_sustained(team, clock, operation);
    samples.warmup = sampling.warmup + kPilotSamples;
    return samples;
  }
  int wanted = sampling.fixed;
  if (wanted == 0) {
    const Pilot pilot = take_pilot(team, clock, operation);
    wanted = settle_samples(pilot.seconds, pilot.per_sample, sampling, share - (clock.now() - begin));
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
