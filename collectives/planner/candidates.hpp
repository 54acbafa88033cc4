// SPDX-License-Identifier: Apache-2.0
// What the planner chooses from: each family of plans is one function and one line in the table (candidates.cpp).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collectives/planner/rank_shape.hpp"
#include "collectives/planner/symbolic_prediction.hpp"

namespace muster {

enum class Standing {
  runnable,   ///< a schedule that transports carry out
  predicted,  ///< what switches that reduce or multicast would do; no transfers of ours
};

struct Candidate {
  std::string name;  ///< "hierarchical: direct over gpu, ring over node"
  Algorithm algorithm = Algorithm::ring;
  Standing standing = Standing::runnable;
  std::optional<SymbolicSchedule> symbolic{};  ///< proven where it is picked (planner.hpp)
  /// Written out with its base channels, where the machine is small; proven.
  std::optional<Schedule> schedule{};
  TimeModel model{};
  Rational seconds_per_byte{0};  ///< that its volume takes at line rates, whatever the latency; 0 = rates not known
  std::string busiest{};         ///< the link that this is the time of
};

/// What a family sees of a machine.
struct CandidateRequest {
  Collective collective = Collective::all_reduce;
  const RankShape& shape;
  Routes& routes;
  const LinkClasses& classes;
  MessageCosts costs{};
};

struct CandidateFamily {
  std::string_view name;
  std::vector<Candidate> (*make)(const CandidateRequest& request);
  std::string_view summary;  ///< when it wins, one phrase
};

std::span<const CandidateFamily> candidate_table();

/// Ranks up to which plans are written out and every link is counted by itself; beyond, classes stand for links.
inline constexpr int kMostExplicitRanks = 64;
/// The same for machines whose levels are uneven: there is no class to stand for anything.
inline constexpr int kMostUnevenRanks = 256;

}  // namespace muster
