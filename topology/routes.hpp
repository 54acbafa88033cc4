// SPDX-License-Identifier: Apache-2.0
// The way that data take between two ranks when nobody plans it: what prediction loads links with. Limits never use it
// (they allow any routing), plans with ways of their own (packed trees) neither.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "core/rational.hpp"
#include "topology/graph.hpp"
#include "topology/path_type.hpp"

namespace muster {

/// Part of what flows along a route that passes this link.
struct LinkShare {
  int link = 0;
  Rational share{1};
};

/// Part of what flows along a route that passes this device (it starts or is passed on there).
struct DeviceShare {
  int device = 0;
  Rational share{1};
};

struct Route {
  PathType type = PathType::dis;        ///< of the whole way
  PathType to_network = PathType::dis;  ///< of the first leg, up to the NIC; dis when the way meets no NIC
  std::vector<LinkShare> links{};
  std::vector<DeviceShare> devices{};  ///< only those with a capacity of their own
  std::vector<int> path{};             ///< one of the equal ways, as links in order
  BytesPerSecond bandwidth{};          ///< until the first link is full, on best known rates; 0 = not known
  Seconds latency{};                   ///< of links, stated or usual
};

/// Ranks, not devices.
struct RankPair {
  int source = 0;
  int target = 0;
};

/// Usual latency of a link whose own is not known (sources: routes.cpp).
Seconds usual_latency(LinkKind kind);

/// Routes of one graph, found when asked for. A way over scale-up links wins, then one over scale-up links passed on
/// by GPUs, then the network (GPUs pass on only for PXN), then anything. Among these: the widest, of these the fewest
/// hops, of these the least latency; what is equal in all is shared in equal parts at each fork.
class Routes {
 public:
  /// `topology` must outlive the routes.
  explicit Routes(const Topology& topology);

  int ranks() const { return static_cast<int>(rank_devices_.size()); }
  const Topology& topology() const { return topology_; }
  const std::vector<int>& rank_devices() const { return rank_devices_; }

  /// Throws Error when there is no way. Valid until the next call. Costs about the links near both ends (search from
  /// both sides), whatever the size of the graph; asked again, a look-up.
  const Route& between(const RankPair& pair);

 private:
  enum class Relay { never, by_scale_up, for_network, always };
  struct Search {
    int source = 0;
    int target = 0;
    Relay relay = Relay::never;
    double width = 0;  // least capacity of a link, bytes/s
  };
  /// Depths from one end, stamped with the search they belong to, so that nothing is cleared between searches.
  struct Side {
    std::vector<int> depth;
    std::vector<std::uint32_t> stamp;
    std::vector<int> frontier;
    int reached = 0;
  };
  enum class From { source, target };

  bool allows(const Search& search, int link) const;
  bool may_pass(const Search& search, int device) const;
  void begin(Side& side, int device);
  bool knows(const Side& side, int device) const;
  bool grow(const Search& search, From from);
  bool meets(const Search& search);
  std::vector<std::vector<int>> levels_between(const Search& search);
  std::vector<std::vector<int>> forks(const Search& search, const std::vector<std::vector<int>>& levels) const;
  Route route_along(const Search& search);
  Route find(int source, int target);
  double latency_of(int link) const;

  const Topology& topology_;
  std::vector<int> rank_devices_;
  std::vector<char> is_rank_;  // [device]
  /// Links of each device, all in one array.
  struct Adjacency {
    std::vector<int> first;  // [device], and one more
    std::vector<int> links;
    std::span<const int> of(int device) const;
  };
  enum class By { source, target };
  Adjacency adjacency(By end) const;

  Adjacency out_;
  Adjacency in_;
  std::vector<double> rate_;    // [link]: best known, 0 = not known
  std::vector<double> widths_;  // different rates, ascending
  std::uint32_t search_ = 0;    // number of the search in hand
  Side ahead_;                  // from the source
  Side back_;                   // from the target
  std::unordered_map<std::uint64_t, Route> found_;
};

}  // namespace muster
