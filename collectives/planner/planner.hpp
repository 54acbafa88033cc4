// SPDX-License-Identifier: Apache-2.0
// From a machine to the plan that should be fastest at each size: prices every candidate, picks, and finds the sizes at
// which the pick changes. Model and candidates: docs/planner.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "collectives/planner/candidates.hpp"
#include "collectives/planner/nccl_model.hpp"

namespace muster {

struct SchedulePlanRequest {
  Collective collective = Collective::all_reduce;
  std::vector<Bytes> sizes{};             ///< ascending, of nccl-tests; may be empty
  std::vector<CollectiveLimit> limits{};  ///< of the same collective (limits_of); empty = shares stay unknown
  /// The same of the machine without_reduction(): what plans are held against whose sums ranks make.
  std::vector<CollectiveLimit> limits_by_ranks{};
  MessageCosts costs{};
};

struct Forecast {
  Estimate estimate;
  double share_of_limit = 0;  ///< limit / predicted time, at most 1; 0 = no limit known
};

struct PlannedCandidate {
  Candidate candidate;
  std::vector<Forecast> at_size{};  ///< [size]
  double share_of_bandwidth = 0;    ///< for ever larger sizes: limit's seconds per byte / own; 0 = no limit known
};

/// From this size on `above` is predicted to be faster than `below`.
struct Crossover {
  Bytes size{};
  int below = 0;  ///< index into candidates
  int above = 0;
};

struct SchedulePlan {
  Collective collective = Collective::all_reduce;
  int ranks = 1;
  std::vector<Bytes> sizes;
  std::vector<PlannedCandidate> candidates{};  ///< in the order of the table
  std::vector<int> picks{};                    ///< [size]: the fastest that can run
  std::vector<Crossover> crossovers{};         ///< of picks, over the range of sizes; to 1 part in 64
  std::vector<NcclChoice> nccl{};  ///< [size]: what NCCL's model would take; empty when the GPUs are unknown
};

/// Throws Error when ranks cannot reach each other or no candidate fits (one rank, or no link rate known).
SchedulePlan plan_schedules(const Topology& topology, const SchedulePlanRequest& request);

/// A table: one line per candidate, one column per size, the pick marked; crossovers below.
std::string text_of(const SchedulePlan& plan);

}  // namespace muster
