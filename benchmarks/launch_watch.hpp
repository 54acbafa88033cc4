// SPDX-License-Identifier: Apache-2.0
// Decides from what is seen of the ranks whether a launch still makes sense. Pure: sights and times come from outside.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "benchmarks/heartbeat.hpp"
#include "core/units.hpp"
#include "reports/record.hpp"

namespace muster {

struct WatchLimits {
  Seconds no_progress{60};  ///< no rank has begun another operation, phase or case, and no record was written
  Seconds silent{10};       ///< a rank's counter stands while others' go on; outlasts a slow shared file system
  Seconds stopped{2};       ///< a rank of this host is in state T; outlasts a stop and go by hand
};

struct RankSight {
  std::optional<Beat> beat;
  /// Of the rank's process; empty when it runs on another host or has given no beat.
  std::optional<ProcessState> process{};
};

struct Sight {
  std::vector<RankSight> ranks;
  std::uintmax_t recorded_bytes = 0;  ///< size of the file that rank 0 appends to
};

class LaunchWatch {
 public:
  LaunchWatch(WatchLimits limits, Seconds start) : limits_(limits), last_progress_(start) {}

  /// What has gone wrong by now, one incident per rank to blame, without the launch's number. Not empty = end the
  /// launch.
  std::vector<Incident> look(const Sight& sight, Seconds now);

 private:
  struct Memory {
    std::optional<Beat> beat;
    Seconds last_beat;                     // when the counter turned last
    std::optional<Seconds> stopped_since;  // empty while it runs
  };

  void remember(const Sight& sight, Seconds now);
  std::optional<std::string> trouble_of(const Memory& memory, Seconds now) const;
  Incident no_progress(const Sight& sight) const;

  WatchLimits limits_;
  Seconds last_progress_;
  std::uintmax_t recorded_bytes_ = 0;
  std::vector<Memory> memories_;  // [rank]
};

}  // namespace muster
