// SPDX-License-Identifier: Apache-2.0
#include "collectives/planner/in_network.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

struct PortRate {
  double best = 0;  ///< bytes/s, best known
  double line = 0;  ///< bytes/s
};

bool serves(const Device& device, Collective collective) {
  const bool sums = collective == Collective::all_reduce || collective == Collective::reduce_scatter;
  const bool copies = collective == Collective::all_reduce || collective == Collective::all_gather;
  return (!sums || device.can.reduce) && (!copies || device.can.multicast) && (sums || copies);
}

/// Rate of a rank's links to switches that serve the collective.
PortRate port_of(const Topology& topology, int device, Collective collective,
                 const std::vector<std::vector<int>>& links_of) {
  PortRate port;
  for (const int index : links_of[at(device)]) {
    const Link& link = topology.links[at(index)];
    if (!serves(topology.devices[at(link.target)], collective)) continue;
    port.best += best_known(link.capacity).value;
    port.line += link.capacity.line.value;
  }
  return port;
}

/// Bytes through a rank's port in its busier direction, per byte of size. All-reduce by shards, as NVLS does it: a rank
/// reads the sums of its shard (others send it 1, it receives 1/n) and multicasts it (it sends 1/n, receives 1).
Rational port_share(Collective collective, int ranks) {
  if (collective == Collective::all_reduce) return Rational::of(ranks + 1, ranks);
  return Rational{1};
}

}  // namespace

std::vector<Candidate> in_network(const CandidateRequest& request) {
  const Topology& topology = request.routes.topology();
  const int ranks = request.routes.ranks();
  if (ranks < 2 || request.shape.groups != 1) return {};
  std::vector<std::vector<int>> links_of(topology.devices.size());
  for (std::size_t link = 0; link < topology.links.size(); ++link) {
    links_of[at(topology.links[link].source)].push_back(static_cast<int>(link));
  }
  const double none = std::numeric_limits<double>::infinity();
  PortRate thinnest{.best = none, .line = none};
  for (const int device : request.routes.rank_devices()) {
    const PortRate port = port_of(topology, device, request.collective, links_of);
    thinnest = {.best = std::min(thinnest.best, port.best), .line = std::min(thinnest.line, port.line)};
  }
  if (thinnest.best <= 0 || thinnest.line <= 0) return {};
  const Rational share = port_share(request.collective, ranks);
  const Seconds hop = request.routes.between({.source = 0, .target = 1}).latency + request.costs.per_message;
  const double seconds = share.value() / thinnest.best;
  Candidate candidate{.name = "in-network",
                      .algorithm = Algorithm::native,
                      .standing = Standing::predicted,
                      .model = {.fill = hop * 2.0, .serial = seconds, .volume = seconds, .own = seconds},
                      .seconds_per_byte = share / Rational(static_cast<std::int64_t>(std::ceil(thinnest.line))),
                      .busiest = "each rank's port"};
  return {candidate};
}

}  // namespace muster
