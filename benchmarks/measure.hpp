// SPDX-License-Identifier: Apache-2.0
// The measuring loop: warm-up, a pilot that settles how many samples, then exactly that many on every rank.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "benchmarks/clock_alignment.hpp"
#include "collectives/team.hpp"
#include "core/clock.hpp"
#include "core/collective.hpp"
#include "reports/case.hpp"

namespace muster {

struct Samples {
  int warmup = 0;
  int agreed = 0;
  std::vector<double> seconds;                       ///< [sample]: the slowest rank's duration
  std::vector<std::vector<double>> rank_seconds;     ///< [rank][sample]
  std::vector<std::vector<double>> arrival_seconds;  ///< [rank][sample]: after the first rank to arrive
};

/// Begin and end of each timed operation on this rank, in its own clock; or of all ranks, [rank][sample].
struct Stamps {
  std::vector<double> begin, end;
};

struct Operation {
  std::function<void()> run;  ///< the timed part; between its two clock readings nothing else happens
  Cadence cadence = Cadence::isolated;
  /// Called before each operation: a sign of progress. Not timed when isolated; in a stream it is, so it must not cost
  /// more than a counter.
  std::function<void()> begins = [] {};
  /// What the last run took by a device's own clock, as Subject::device_time().
  std::function<std::optional<Seconds>()> device_time = [] { return std::nullopt; };
  /// As Subject::stream().
  std::function<std::vector<Seconds>(int)> stream = [](int) { return std::vector<Seconds>(); };
  /// > 0: a load held for so long. Its samples are means over equal numbers of operations that follow each other
  /// without a barrier, at most kMostSustainedSamples of them.
  Seconds sustain{};
};

inline constexpr int kMostSustainedSamples = 600;

/// How a load of `sustain` is cut into samples when one operation takes `per_operation`.
struct SustainedSamples {
  int samples = 1;
  int operations_each = 1;
};
SustainedSamples sustained_samples(Seconds sustain, Seconds per_operation);

/// Collective. `share` is the time this case may take, known to rank 0 alone. Isolated: a barrier before each
/// operation. Streaming: one barrier, then back to back, each operation beginning where the one before ended. Where the
/// operation has a device's clock, that clock gives the durations and the host's only the beginnings.
Samples measure(Team& team, Clock& clock, const Operation& operation, const Sampling& sampling, Seconds share);

/// Samples from the stamps of all ranks, [rank]; pure. Isolated: sample i = max over ranks of end - begin. Streaming:
/// sample i = the last rank's end of operation i minus the last rank's end of operation i - 1, clocks aligned, so that
/// the samples sum to the time of the whole stream.
Samples samples_of(const std::vector<Stamps>& stamps, const ClockAlignment& alignment, Cadence cadence);

/// How many samples fit: what the pilot's spread asks for, cut to the time that is left, within the plan's bounds.
int settle_samples(const std::vector<double>& pilot, Seconds per_sample, const Sampling& sampling, Seconds share);

}  // namespace muster
