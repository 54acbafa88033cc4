// SPDX-License-Identifier: Apache-2.0
// The least time of a collective on a graph, whatever the schedule and the routing: exact, with the cut that binds.
// Theory with sources: docs/limits.md. Each bound is one file of this folder and one line in the table (limits.cpp).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/collective.hpp"
#include "core/rational.hpp"
#include "topology/finding.hpp"
#include "topology/flow.hpp"
#include "topology/graph.hpp"

namespace muster {

/// A set of ranks that what they need must enter (or leave) through links that are too few.
struct Cut {
  std::string name{};              ///< for a person: "the NICs of node3 (8 links)", "all NVLinks of node0/gpu3"
  std::vector<int> devices{};      ///< indices of the side that the name speaks of
  std::vector<int> links{};        ///< indices of links that cross in the direction that binds
  std::vector<int> bottlenecks{};  ///< devices whose own capacity (Device::through) is part of the cut
  BytesPerSecond capacity{};       ///< of these together
  int ranks = 0;                   ///< on that side
  int alike = 1;                   ///< cuts like this one, each as tight: by symmetry, or the parts of a partition
};

enum class Tightness {
  optimum,  ///< some schedule reaches it in the fluid limit
  bound,    ///< nothing is faster, perhaps nothing is as fast either
};

/// T(M) >= latency + M * seconds_per_byte for M bytes of nccl-tests size; algbw never exceeds 1 / seconds_per_byte.
struct CollectiveLimit {
  Collective collective = Collective::all_reduce;
  std::string bound{};           ///< "cut", "two-sided cut", "partition", "in-network cut", "distance", "latency"
  Rational seconds_per_byte{0};  ///< 0 = no bound from bandwidth
  Seconds latency{};             ///< least latency across that cut; adding another cut's would not be valid
  Tightness tightness = Tightness::bound;
  Cut cut{};
  Capabilities capabilities{};      ///< that the bound reckons with
  bool rests_on_assumed = false;    ///< a capacity of the cut is assumed, not stated
  std::vector<Finding> findings{};  ///< of those handed in, that touch the cut

  /// Seconds for M bytes.
  Seconds time(Bytes size) const {
    return {latency.value + seconds_per_byte.value() * static_cast<double>(size.value)};
  }
};

struct LimitRequest {
  Collective collective = Collective::all_reduce;
  int root = 0;  ///< broadcast, reduce, gather and scatter
  LinkChoice links = LinkChoice::all;
  /// Candidates for symmetries of the graph beyond those found by looking, as permutations of devices (templates.hpp);
  /// each is verified.
  std::vector<std::vector<int>> symmetries{};
  std::vector<Finding> findings{};
};

/// Every bound that applies, the binding one (largest time at large sizes) first. Empty when there is one rank only,
/// when no rate is known on any cut, or for all_to_allv, whose traffic is the user's. A rank that cannot be reached at
/// all throws Error naming it.
std::vector<CollectiveLimit> limits_of(const Topology& topology, const LimitRequest& request);

struct Study;  // limits/study.hpp

/// The same for several collectives: graph, symmetries and quotients are worked out once. `topology` must live longer.
/// Of the request, collective and root are not looked at.
class LimitStudy {
 public:
  LimitStudy(const Topology& topology, const LimitRequest& request);
  ~LimitStudy();
  LimitStudy(const LimitStudy&) = delete;
  LimitStudy& operator=(const LimitStudy&) = delete;

  std::vector<CollectiveLimit> of(Collective collective, int root = 0);

 private:
  std::unique_ptr<Study> study_;
  std::vector<Finding> findings_;
};

/// The bound that is largest at this size; nullptr when there is none.
const CollectiveLimit* binding_at(const std::vector<CollectiveLimit>& limits, Bytes size);

/// What somebody says that an operation took.
struct Claim {
  Bytes size{};
  Seconds time{};
};

/// True where the claim is faster than the limit by more than the rounding of published numbers (1 in 1000): then the
/// topology, the clock or the schedule is wrong.
bool is_impossible(const Claim& claim, const CollectiveLimit& limit);

}  // namespace muster
