// SPDX-License-Identifier: Apache-2.0
// What a schedule puts on the links of a machine, exactly, and the time that it should take (model: docs/planner.md).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "collectives/program.hpp"
#include "collectives/schedule.hpp"
#include "core/rational.hpp"
#include "topology/flow.hpp"
#include "topology/limits/limits.hpp"
#include "topology/routes.hpp"

namespace muster {

/// Bytes per byte of nccl-tests size.
struct ScheduleVolume {
  std::vector<Rational> on_link;         ///< [link]
  std::vector<Rational> through_device;  ///< [device]: only of those with a capacity of their own
  Rational seconds_per_byte{0};          ///< the fullest link or device, at its rate rounded up to whole bytes/s
  int busiest_link = -1;                 ///< -1 when a device is fuller, or no rate is known
  int busiest_device = -1;
};

/// Part of the size that one chunk is: a block is the whole size or a rank's share of it (problem.hpp).
Rational chunk_share(const Schedule& schedule);

/// Every transfer along its route; links whose rate is not known bind nothing.
ScheduleVolume volume_on(const Schedule& schedule, Routes& routes, RateKind rates);

/// A schedule without in-network compute cannot be faster than this bound of its collective; true means that one of the
/// two is wrong. Bounds that are none (0) or that reckon with reducing switches the other way round never accuse.
bool beats_limit(const ScheduleVolume& volume, const CollectiveLimit& limit);

/// What one message costs beyond latency and bytes.
struct MessageCosts {
  /// Posting and completing it. Source: NCCL adds 1 us (Intel) or 2 us (AMD) per message of the network (tuning.cc).
  Seconds per_message{1e-6};
  /// Channels that a rank works on at the same time, unless the schedule has more that belong together.
  int channels_in_flight = kChannelsInFlight;
};

struct Estimate {
  Seconds time{};
  int channels = 1;
};

/// Time of a schedule as a function of size and of the number of channels that it is cut into.
struct TimeModel {
  Seconds fill{};       ///< latencies and message costs of all rounds, one after the other
  double serial = 0;    ///< seconds per byte: each round's fullest link, summed over the rounds of a channel
  double volume = 0;    ///< seconds per byte: the fullest link over all rounds and channels
  double own = 0;       ///< seconds per byte of `volume` that the busiest channel puts there itself
  int base = 1;         ///< channels that `serial` and `own` speak of: two trees, or one ring per NIC
  int most_copies = 1;  ///< cutting finer is not possible
  int in_flight = kChannelsInFlight;

  /// `copies` of the base channels, each over its own slice of the data.
  Seconds time(Bytes size, int copies) const;
  /// With the best power of two of copies.
  Estimate estimate(Bytes size) const;
};

/// Of a schedule whose channels are the base of finer cuts; on best known rates.
TimeModel predict(const Schedule& schedule, Routes& routes, const MessageCosts& costs);

}  // namespace muster
