// SPDX-License-Identifier: Apache-2.0
// Search from both ends over links of at least some width; the width itself by bisection over the rates of the graph.
#include "topology/routes.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#include "core/error.hpp"

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// Routes kept, a few hundred bytes each; more than the pairs of 256 ranks.
constexpr std::size_t kMostRoutes = std::size_t{1} << 17;

}  // namespace

Seconds usual_latency(LinkKind kind) {
  // Chosen so that whole ways agree with the alphas of TE-CCL's models (SIGCOMM 2024: 0.7 us over NVLink, 1.3 us and
  // 2.6 us over InfiniBand) and with NCCL's hop of 0.6 us (tuning.cc); RoCE is taken for 0.25 us slower per cable.
  switch (kind) {
    case LinkKind::nvlink:
    case LinkKind::xgmi:
      return {0.35e-6};
    case LinkKind::c2c:
    case LinkKind::smp:
      return {0.15e-6};
    case LinkKind::pcie:
      return {0.20e-6};
    case LinkKind::infiniband:
      return {0.45e-6};
    case LinkKind::ethernet:
      return {0.70e-6};
    case LinkKind::internal:
      return {0.10e-6};
  }
  return {};
}

Routes::Routes(const Topology& topology)
    : topology_(topology),
      rank_devices_(muster::rank_devices(topology)),
      is_rank_(topology.devices.size(), 0),
      out_(adjacency(By::source)),
      in_(adjacency(By::target)) {
  for (const int device : rank_devices_) is_rank_[at(device)] = 1;
  rate_.reserve(topology.links.size());
  for (const Link& link : topology.links) {
    rate_.push_back(best_known(link.capacity).value);
    const auto place = std::ranges::lower_bound(widths_, rate_.back());  // few rates, many links
    if (place == widths_.end() || *place != rate_.back()) widths_.insert(place, rate_.back());
  }
  for (Side* side : {&ahead_, &back_}) {
    side->depth.resize(topology.devices.size());
    side->stamp.resize(topology.devices.size());
  }
}

Routes::Adjacency Routes::adjacency(By end) const {
  const auto device_of = [&](const Link& link) { return at(end == By::source ? link.source : link.target); };
  Adjacency all{.first = std::vector<int>(topology_.devices.size() + 1),
                .links = std::vector<int>(topology_.links.size())};
  for (const Link& link : topology_.links) ++all.first[device_of(link) + 1];
  std::partial_sum(all.first.begin(), all.first.end(), all.first.begin());
  std::vector<int> next(all.first.begin(), all.first.end() - 1);
  for (std::size_t link = 0; link < topology_.links.size(); ++link) {
    all.links[at(next[device_of(topology_.links[link])]++)] = static_cast<int>(link);
  }
  return all;
}

std::span<const int> Routes::Adjacency::of(int device) const {
  const std::size_t begin = at(first[at(device)]);
  return std::span(links).subspan(begin, at(first[at(device) + 1]) - begin);
}

const Route& Routes::between(const RankPair& pair) {
  const std::uint64_t key = static_cast<std::uint64_t>(pair.source) << 32 | static_cast<std::uint32_t>(pair.target);
  const auto known = found_.find(key);
  if (known != found_.end()) return known->second;
  if (found_.size() >= kMostRoutes) found_.clear();
  return found_.emplace(key, find(rank_devices_[at(pair.source)], rank_devices_[at(pair.target)])).first->second;
}

bool Routes::may_pass(const Search& search, int device) const {
  if (is_rank_[at(device)] == 0) return true;
  const Device& relay = topology_.devices[at(device)];
  switch (search.relay) {
    case Relay::never:
      return false;
    case Relay::for_network:
      return relay.can.pxn && relay.host == topology_.devices[at(search.source)].host;
    case Relay::by_scale_up:
    case Relay::always:
      return true;
  }
  return false;
}

bool Routes::allows(const Search& search, int link) const {
  const bool scale_up_only = search.relay == Relay::never || search.relay == Relay::by_scale_up;
  return rate_[at(link)] >= search.width && (!scale_up_only || joins_gpus(topology_.links[at(link)].kind));
}

void Routes::begin(Side& side, int device) {
  side.depth[at(device)] = 0;
  side.stamp[at(device)] = search_;
  side.frontier = {device};
  side.reached = 0;
}

bool Routes::knows(const Side& side, int device) const { return side.stamp[at(device)] == search_; }

/// One step further from that end. Returns whether the two sides met.
bool Routes::grow(const Search& search, From from) {
  Side& side = from == From::source ? ahead_ : back_;
  const Side& other = from == From::source ? back_ : ahead_;
  std::vector<int> next;
  bool met = false;
  ++side.reached;
  for (const int device : side.frontier) {
    for (const int index : from == From::source ? out_.of(device) : in_.of(device)) {
      const Link& link = topology_.links[at(index)];
      const int beyond = from == From::source ? link.target : link.source;
      if (knows(side, beyond) || !allows(search, index)) continue;
      if (beyond != search.source && beyond != search.target && !may_pass(search, beyond)) continue;
      side.depth[at(beyond)] = side.reached;
      side.stamp[at(beyond)] = search_;
      next.push_back(beyond);
      met |= knows(other, beyond);
    }
  }
  side.frontier = std::move(next);
  return met;
}

bool Routes::meets(const Search& search) {
  ++search_;
  begin(ahead_, search.source);
  begin(back_, search.target);
  while (!ahead_.frontier.empty() && !back_.frontier.empty()) {
    const From smaller = ahead_.frontier.size() <= back_.frontier.size() ? From::source : From::target;
    if (grow(search, smaller)) return true;
  }
  return false;
}

/// [hop]: the devices at this place of some shortest way. Only after meets() was true.
std::vector<std::vector<int>> Routes::levels_between(const Search& search) {
  std::vector<std::vector<int>> levels(at(ahead_.reached + back_.reached + 1));
  std::vector<int>& middle = levels[at(ahead_.reached)];
  for (const int device : ahead_.frontier) {
    if (knows(back_, device)) middle.push_back(device);
  }
  const auto walk = [&](From to, int hop, int step) {
    const Side& side = to == From::source ? ahead_ : back_;
    for (int depth = side.depth[at(middle.front())] - 1; depth >= 0; --depth, hop += step) {
      std::vector<int>& next = levels[at(hop + step)];
      for (const int device : levels[at(hop)]) {
        for (const int index : to == From::source ? in_.of(device) : out_.of(device)) {
          const Link& link = topology_.links[at(index)];
          const int beyond = to == From::source ? link.source : link.target;
          if (allows(search, index) && knows(side, beyond) && side.depth[at(beyond)] == depth) next.push_back(beyond);
        }
      }
      std::ranges::sort(next);
      const auto repeated = std::ranges::unique(next);
      next.erase(repeated.begin(), repeated.end());
    }
  };
  walk(From::source, ahead_.reached, -1);
  walk(From::target, ahead_.reached, +1);
  return levels;
}

/// [hop]: the links from there on that lie on a way of least latency.
std::vector<std::vector<int>> Routes::forks(const Search& search, const std::vector<std::vector<int>>& levels) const {
  std::unordered_map<int, double> left;  // seconds from a device to the target
  left[search.target] = 0;
  std::vector<std::vector<int>> best(levels.size());
  for (std::size_t hop = levels.size() - 1; hop-- > 0;) {
    std::unordered_map<int, double> here;
    for (const int device : levels[hop]) {
      double least = std::numeric_limits<double>::infinity();
      std::vector<int> ways;
      for (const int index : out_.of(device)) {
        const auto beyond = left.find(topology_.links[at(index)].target);
        if (beyond == left.end() || !allows(search, index)) continue;
        const double latency = latency_of(index) + beyond->second;
        if (latency < least) ways.clear();
        if (latency <= least) ways.push_back(index);
        least = std::min(least, latency);
      }
      here[device] = least;
      best[hop].insert(best[hop].end(), ways.begin(), ways.end());
    }
    left = std::move(here);
  }
  return best;
}

double Routes::latency_of(int link) const {
  const Link& of = topology_.links[at(link)];
  return of.latency.value > 0 ? of.latency.value : usual_latency(of.kind).value;
}

Route Routes::route_along(const Search& search) {
  const std::vector<std::vector<int>> levels = levels_between(search);
  Route route;
  std::unordered_map<int, Rational> here{{search.source, Rational(1)}};
  int on_path = search.source;
  double bandwidth = std::numeric_limits<double>::infinity();
  for (const std::vector<int>& links : forks(search, levels)) {
    std::unordered_map<int, int> ways;
    for (const int link : links) ++ways[topology_.links[at(link)].source];
    std::unordered_map<int, Rational> next;
    int target_of_path = on_path;
    for (const int link : links) {
      const int source = topology_.links[at(link)].source;
      const int target = topology_.links[at(link)].target;
      const auto flow = here.find(source);
      if (flow == here.end()) continue;
      const Rational share = flow->second / Rational(ways[source]);
      route.links.push_back({link, share});
      next[target] = next[target] + share;
      bandwidth = std::min(bandwidth, rate_[at(link)] / share.value());
      if (source != on_path || target_of_path != on_path) continue;
      route.path.push_back(link);
      target_of_path = target;
    }
    for (const auto& [device, share] : here) {
      if (device == search.target || topology_.devices[at(device)].through.line.value == 0) continue;
      route.devices.push_back({device, share});
      bandwidth = std::min(bandwidth, best_known(topology_.devices[at(device)].through).value / share.value());
    }
    on_path = target_of_path;
    if (!next.empty()) here = std::move(next);
  }
  for (const int link : route.path) route.latency = route.latency + Seconds{latency_of(link)};
  route.bandwidth = {bandwidth};
  return route;
}

Route Routes::find(int source, int target) {
  if (source == target) return {.type = PathType::loc, .bandwidth = {std::numeric_limits<double>::infinity()}};
  for (const Relay relay : {Relay::never, Relay::by_scale_up, Relay::for_network, Relay::always}) {
    Search search{.source = source, .target = target, .relay = relay};
    if (!meets(search)) continue;
    std::size_t wide_enough = 0;  // the largest known index of widths_ that still connects
    for (std::size_t too_wide = widths_.size(); too_wide - wide_enough > 1;) {
      const std::size_t middle = (wide_enough + too_wide) / 2;
      search.width = widths_[middle];
      (meets(search) ? wide_enough : too_wide) = middle;
    }
    search.width = widths_[wide_enough];
    meets(search);
    Route route = route_along(search);
    route.type = type_of(topology_, route.path);
    for (std::size_t leg = 1; leg <= route.path.size(); ++leg) {
      const int end = topology_.links[at(route.path[leg - 1])].target;
      if (topology_.devices[at(end)].kind != DeviceKind::nic) continue;
      route.to_network = type_of(topology_, std::span(route.path).first(leg));
      break;
    }
    return route;
  }
  throw Error("there is no way from " + topology_.devices[at(source)].id + " to " + topology_.devices[at(target)].id +
              ": the description lacks the links that join them");
}

}  // namespace muster
