// SPDX-License-Identifier: Apache-2.0
// The search for rings: depth first over the ranks of one host, taking bandwidth off every link that a hop passes, at
// one speed after another; then the same rings through all hosts.
#include "topology/rings.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <utility>

#include "topology/routes.hpp"

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// The largest host that is searched; beyond, rings follow the order of ranks.
constexpr int kMostMembers = 16;
/// Steps of the search for one ring, and for all rings of a host.
constexpr int kMostSteps = 1 << 14;
constexpr int kMostStepsOfHost = 1 << 19;
/// Routes of larger machines are not worth the time: every host adds the same.
constexpr int kMostRoutedRanks = 1024;
/// Rates are whole bytes per second, so that less than one byte is rounding.
constexpr double kRounding = 1;

using Order = std::vector<int>;  // places among the members of a host

/// The ways between members of one host and what is left of their links.
class HostLinks {
 public:
  HostLinks(Routes& routes, const std::vector<int>& ranks) : members_(static_cast<int>(ranks.size())) {
    for (const Link& link : routes.topology().links) left_.push_back(best_known(link.capacity).value);
    for (const int source : ranks)
      for (const int target : ranks)
        paths_.push_back(source == target ? std::vector<int>() : routes.between({source, target}).path);
  }

  int members() const { return members_; }
  const std::vector<int>& path(int source, int target) const { return paths_[at(source * members_ + target)]; }

  /// What a hop could have now; ways that share a link with others have less.
  double room(int source, int target) const {
    double room = std::numeric_limits<double>::infinity();
    for (const int link : path(source, target)) room = std::min(room, left_[at(link)]);
    return room;
  }

  void take(int source, int target, double rate) {
    for (const int link : path(source, target)) left_[at(link)] -= rate;
  }

 private:
  int members_;
  std::vector<std::vector<int>> paths_;  // [source x members + target] links
  std::vector<double> left_;             // [link] bytes/s
};

/// One ring at one speed, the shortest way first, of these the one with most room, of these the next rank by number.
/// Depth = members.
class RingSearch {
 public:
  RingSearch(HostLinks& links, double rate, int& budget)
      : links_(links), rate_(rate), budget_(budget), steps_(kMostSteps), visited_(at(links.members()), 0) {}

  /// Empty when there is none; else its bandwidth is taken off the links.
  Order find() {
    ring_ = {0};
    visited_[0] = 1;
    return extend() ? ring_ : Order();
  }

 private:
  bool fits(int source, int target) const { return links_.room(source, target) >= rate_ - kRounding; }

  bool extend() {
    if (--steps_ < 0 || --budget_ < 0) return false;
    const int last = ring_.back();
    if (static_cast<int>(ring_.size()) == links_.members()) {
      if (!fits(last, 0)) return false;
      links_.take(last, 0, rate_);
      return true;
    }
    for (const int next : choices(last)) {
      links_.take(last, next, rate_);
      visited_[at(next)] = 1;
      ring_.push_back(next);
      if (extend()) return true;
      ring_.pop_back();
      visited_[at(next)] = 0;
      links_.take(last, next, -rate_);
    }
    return false;
  }

  std::vector<int> choices(int last) const {
    std::vector<int> choices;
    for (int step = 1; step < links_.members(); ++step) {
      const int next = (last + step) % links_.members();
      if (visited_[at(next)] == 0 && fits(last, next)) choices.push_back(next);
    }
    std::ranges::stable_sort(
        choices, {}, [&](int next) { return std::pair(links_.path(last, next).size(), -links_.room(last, next)); });
    return choices;
  }

  HostLinks& links_;
  double rate_;
  int& budget_;
  int steps_;
  std::vector<char> visited_;
  Order ring_;
};

/// Takes a ring's bandwidth off the links if all of its hops have it.
bool take_ring(HostLinks& links, const Order& ring, double rate) {
  for (std::size_t place = 0; place < ring.size(); ++place) {
    const int source = ring[place];
    const int target = ring[(place + 1) % ring.size()];
    if (links.room(source, target) < rate - kRounding) return false;
    links.take(source, target, rate);
  }
  return true;
}

/// As many rings of one speed as the search finds. Most links lead both ways, so each ring is tried backwards first.
std::vector<Order> rings_at(double rate, const HostLinks& fresh, int& budget) {
  HostLinks links = fresh;
  std::vector<Order> rings;
  while (std::ssize(rings) < kMostRingsOfMachine) {
    Order ring = RingSearch(links, rate, budget).find();
    if (ring.empty()) break;
    rings.push_back(ring);
    std::ranges::reverse(ring);
    HostLinks after = links;
    if (std::ssize(rings) == kMostRingsOfMachine || !take_ring(after, ring, rate)) continue;
    links = std::move(after);
    rings.push_back(std::move(ring));
  }
  return rings;
}

/// Speeds worth trying, fastest first: what a hop may have alone, and even parts of that.
std::vector<double> speeds_of(const HostLinks& links) {
  std::set<double, std::greater<>> speeds;
  for (int source = 0; source < links.members(); ++source) {
    for (int target = 0; target < links.members(); ++target) {
      const double room = source == target ? 0 : links.room(source, target);
      for (int parts = 1; parts <= kMostRingsOfMachine && room > 0; ++parts) speeds.insert(std::floor(room / parts));
    }
  }
  return {speeds.begin(), speeds.end()};
}

/// Rings at the speed at which they carry most together; of equals the fewest.
std::vector<Order> rings_of_host(Routes& routes, const std::vector<int>& ranks) {
  const HostLinks fresh(routes, ranks);
  std::vector<Order> best;
  double most = 0;
  int budget = kMostStepsOfHost;
  for (const double speed : speeds_of(fresh)) {
    if (speed * kMostRingsOfMachine <= most || budget < 0) break;
    std::vector<Order> rings = rings_at(speed, fresh, budget);
    if (speed * static_cast<double>(rings.size()) <= most + kRounding) continue;
    most = speed * static_cast<double>(rings.size());
    best = std::move(rings);
  }
  return best;
}

/// Ranks of each host, in rank order.
std::vector<std::vector<int>> ranks_of_hosts(const Topology& topology) {
  const std::vector<int> devices = rank_devices(topology);
  std::vector<std::vector<int>> hosts;
  std::map<std::string, std::size_t> number;
  for (const int rank : rank_order(topology)) {
    const auto [host, is_new] = number.emplace(topology.devices[at(devices[at(rank)])].host, hosts.size());
    if (is_new) hosts.emplace_back();
    hosts[host->second].push_back(rank);
  }
  return hosts;
}

/// The same ring through all hosts. A host is entered where the one before was left: every second one runs backwards.
std::vector<int> through_hosts(const std::vector<std::vector<int>>& hosts, const Order& ring, int gate) {
  std::vector<int> ranks;
  const auto start = std::ranges::find(ring, gate) - ring.begin();
  const auto members = std::ssize(ring);
  for (std::size_t host = 0; host < hosts.size(); ++host) {
    for (std::ptrdiff_t step = 0; step < members; ++step) {
      const std::ptrdiff_t place = host % 2 == 0 ? start + step : start + members - 1 - step;
      ranks.push_back(hosts[host][at(ring[static_cast<std::size_t>(place % members)])]);
    }
  }
  return ranks;
}

/// Shares each link evenly among the hops that pass it.
void set_bandwidths(Routes& routes, std::vector<Ring>& rings) {
  const Topology& topology = routes.topology();
  if (routes.ranks() > kMostRoutedRanks || routes.ranks() < 2) return;
  std::vector<double> load(topology.links.size(), 0);  // rings that pass it
  const auto for_each_share = [&](const Ring& ring, auto look) {
    for (std::size_t place = 0; place < ring.ranks.size(); ++place)
      for (const LinkShare& share :
           routes.between({ring.ranks[place], ring.ranks[(place + 1) % ring.ranks.size()]}).links)
        look(share);
  };
  for (const Ring& ring : rings)
    for_each_share(ring, [&](const LinkShare& share) { load[at(share.link)] += share.share.value(); });
  for (Ring& ring : rings) {
    double least = std::numeric_limits<double>::infinity();
    for_each_share(ring, [&](const LinkShare& share) {
      least = std::min(least, best_known(topology.links[at(share.link)].capacity).value / load[at(share.link)]);
    });
    ring.bandwidth = {least};
  }
}

}  // namespace

std::vector<Ring> rings_of(const Topology& topology) {
  Routes routes(topology);
  const std::vector<std::vector<int>> hosts = ranks_of_hosts(topology);
  if (hosts.empty()) return {};
  const auto members = hosts.front().size();
  const bool is_even = std::ranges::all_of(hosts, [&](const auto& host) { return host.size() == members; });
  std::vector<Ring> rings;
  if (is_even && members <= at(kMostMembers)) {
    std::vector<Order> orders;
    if (members > 1) orders = rings_of_host(routes, hosts.front());
    if (orders.empty()) {
      orders.emplace_back(members);
      std::iota(orders.front().begin(), orders.front().end(), 0);
    }
    const std::size_t count = hosts.size() == 1 ? orders.size() : members;
    for (std::size_t ring = 0; ring < count; ++ring)
      rings.push_back({through_hosts(hosts, orders[ring % orders.size()], static_cast<int>(ring % members))});
  } else {
    rings.push_back({rank_order(topology)});
  }
  set_bandwidths(routes, rings);
  return rings;
}

}  // namespace muster
