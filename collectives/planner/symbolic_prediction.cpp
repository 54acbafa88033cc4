// SPDX-License-Identifier: Apache-2.0
#include "collectives/planner/symbolic_prediction.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// Rounds of a line, and twice the groups of ranks, that are looked at where there are more of them.
constexpr int kSamples = 16;
constexpr int kMostCopies = 4096;

/// What makes two devices alike for a plan: their place in their host or fabric, not which host it is.
using DeviceKey = std::tuple<DeviceKind, int, int, int>;
/// Kinds at both ends, rate and line rate.
using LinkKey = std::tuple<int, int, LinkKind, double, double>;

/// `count` evenly spread numbers of 0 .. size - 1, first and last among them.
std::vector<int> spread(int size, int count) {
  std::vector<int> numbers;
  count = std::min(size, count);
  for (int i = 0; i < count; ++i) {
    numbers.push_back(count == 1 ? 0 : static_cast<int>(static_cast<long long>(i) * (size - 1) / (count - 1)));
  }
  return numbers;
}

/// Rounds that stand for all of a line: the middles of equal parts of it.
std::vector<int> sampled_rounds(const Line& line) {
  const int rounds = rounds_of(line);
  if (line.form != Form::shift) return spread(rounds, rounds);  // as many as the members have bits
  const int count = std::min(rounds, line.peer.per_step == 0 ? 1 : kSamples);
  std::vector<int> samples;
  for (int i = 0; i < count; ++i) samples.push_back(static_cast<int>((2LL * i + 1) * rounds / (2 * count)));
  return samples;
}

/// Bytes per byte of size by class of links, or devices.
using Loads = std::map<int, Rational>;

void add(Loads& loads, int of_class, const Rational& share) {
  const auto [found, is_new] = loads.emplace(of_class, share);
  if (!is_new) found->second = found->second + share;
}

/// Ranks are looked at in groups of neighbours: the innermost axis, or a part of it where it is the only one.
struct Grouping {
  int size = 1;
  int count = 1;
};

/// Adds up what some groups do, round by round.
class Tally {
 public:
  Tally(const SymbolicProgram& program, Routes& routes, const LinkClasses& classes, const MessageCosts& costs,
        const Grouping& grouping)
      : program_(program),
        routes_(routes),
        classes_(classes),
        costs_(costs),
        grouping_(grouping),
        groups_(spread(grouping.count, kSamples / 2)),
        of_group_(groups_.size()) {}

  void add_line(const Line& line, int first_round) {
    const std::vector<int> rounds = sampled_rounds(line);
    if (rounds.empty()) return;
    const Rational repeats = Rational::of(rounds_of(line), static_cast<WideInt>(rounds.size()));
    Seconds longest{};
    for (const int round : rounds) {
      for (int twin = 0; twin < program_.twins(); ++twin) {
        const Busy busy = look_at(first_round + round, twin == 0 ? Twin::first : Twin::second, repeats);
        longest = std::max(longest, busy.longest_message);
        if (twin == 0) serial_ += busy.fullest_link * repeats.value();
      }
    }
    fill_ = fill_ + longest * rounds_of(line);
  }

  SymbolicPrediction result() const {
    SymbolicPrediction prediction;
    prediction.model = {.fill = fill_,
                        .serial = serial_,
                        .base = program_.twins(),
                        .most_copies = kMostCopies,
                        .in_flight = costs_.channels_in_flight};
    Loads total = of_network_;
    for (const Loads& group : of_group_) {
      for (const auto& [number, bytes] : group) total[number] = std::max(total[number], bytes);
    }
    for (const auto& [number, bytes] : total) {
      LinkClass each = classes_.classes()[at(number)];
      each.bytes = bytes;
      if (each.rate > 0) prediction.model.volume = std::max(prediction.model.volume, bytes.value() / each.rate);
      if (each.line > 0) {
        const Rational line(static_cast<std::int64_t>(std::ceil(each.line)));
        prediction.volume.seconds_per_byte = std::max(prediction.volume.seconds_per_byte, bytes / line);
      }
      prediction.volume.classes.push_back(each);
    }
    prediction.model.own = prediction.model.volume / program_.twins();
    std::ranges::stable_sort(prediction.volume.classes, std::ranges::greater{},
                             [](const LinkClass& each) { return each.line > 0 ? each.bytes.value() / each.line : 0; });
    return prediction;
  }

 private:
  struct Busy {
    double fullest_link = 0;  // seconds per byte
    Seconds longest_message{};
  };

  /// One round, which stands for `repeats`.
  Busy look_at(int round, Twin twin, const Rational& repeats) {
    Busy busy;
    Loads network;
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      Loads loads;
      for (int rank = groups_[i] * grouping_.size; rank < (groups_[i] + 1) * grouping_.size; ++rank) {
        busy.longest_message = std::max(busy.longest_message, add_rank(loads, {rank, round, twin}, busy));
      }
      for (const auto& [number, share] : loads) {
        const LinkClass& of = classes_.classes()[at(number)];
        const Rational on_each = share * Rational::of(grouping_.count, of.count);
        if (of.users == LinkClass::Users::many) {
          add(network, number, on_each / Rational(static_cast<std::int64_t>(groups_.size())));
          continue;
        }
        add(of_group_[i], number, on_each * repeats);
        if (of.rate > 0) busy.fullest_link = std::max(busy.fullest_link, on_each.value() / of.rate);
      }
    }
    for (const auto& [number, on_each] : network) {
      const LinkClass& of = classes_.classes()[at(number)];
      add(of_network_, number, on_each * repeats);
      if (of.rate > 0) busy.fullest_link = std::max(busy.fullest_link, on_each.value() / of.rate);
    }
    return busy;
  }

  struct Moment {
    int rank;
    int round;
    Twin twin;
  };

  /// Returns latency and costs of its messages.
  Seconds add_rank(Loads& loads, const Moment& moment, Busy& busy) {
    Seconds longest{};
    int posted = 0;
    for (const SymbolicTransfer& transfer : program_.sends_of(moment.rank, moment.round, moment.twin)) {
      const Route& route = routes_.between({.source = transfer.source, .target = transfer.target});
      for (const LinkShare& part : route.links) {
        add(loads, classes_.of_link(part.link), transfer.share * part.share);
      }
      for (const DeviceShare& part : route.devices) {
        add(loads, classes_.of_device(part.device), transfer.share * part.share);
      }
      if (route.bandwidth.value > 0) {
        busy.fullest_link = std::max(busy.fullest_link, transfer.share.value() / route.bandwidth.value);
      }
      longest = std::max(longest, route.latency + costs_.per_message * ++posted);
    }
    return longest;
  }

  const SymbolicProgram& program_;
  Routes& routes_;
  const LinkClasses& classes_;
  const MessageCosts& costs_;
  Grouping grouping_;
  std::vector<int> groups_;      // those looked at
  std::vector<Loads> of_group_;  // [one of those]: on each link that only it uses
  Loads of_network_;             // on each link between switches
  Seconds fill_{};
  double serial_ = 0;
};

}  // namespace

LinkClasses::LinkClasses(const Topology& topology) {
  std::map<DeviceKey, int> kinds;
  std::vector<int> kind_of;
  for (const Device& device : topology.devices) {
    const DeviceKey key{device.kind, device.index, device.rail, device.tier};
    kind_of.push_back(kinds.emplace(key, static_cast<int>(kinds.size())).first->second);
  }
  std::map<LinkKey, int> numbers;
  const auto number_of = [&](const LinkKey& key, const LinkClass& first) {
    const auto [found, is_new] = numbers.emplace(key, static_cast<int>(classes_.size()));
    if (is_new) classes_.push_back(first);
    ++classes_[at(found->second)].count;
    return found->second;
  };
  for (const Link& link : topology.links) {
    const double rate = best_known(link.capacity).value;
    const double line = link.capacity.line.value;
    const LinkKey key{kind_of[at(link.source)], kind_of[at(link.target)], link.kind, rate, line};
    const auto known = numbers.find(key);
    if (known != numbers.end()) {
      ++classes_[at(known->second)].count;
      of_link_.push_back(known->second);
      continue;
    }
    const std::string name = topology.devices[at(link.source)].id + " -> " + topology.devices[at(link.target)].id;
    const bool is_of_network = topology.devices[at(link.source)].kind == DeviceKind::network_switch &&
                               topology.devices[at(link.target)].kind == DeviceKind::network_switch;
    of_link_.push_back(number_of(key, {.name = name,
                                       .kind = link.kind,
                                       .users = is_of_network ? LinkClass::Users::many : LinkClass::Users::one_group,
                                       .count = 0,
                                       .rate = rate,
                                       .line = line}));
  }
  for (std::size_t i = 0; i < topology.devices.size(); ++i) {
    const Capacity& through = topology.devices[i].through;
    if (through.line.value == 0) {
      of_device_.push_back(-1);
      continue;
    }
    const double rate = best_known(through).value;
    const LinkKey key{kind_of[i], -1, LinkKind::internal, rate, through.line.value};
    of_device_.push_back(
        number_of(key, {.name = topology.devices[i].id, .count = 0, .rate = rate, .line = through.line.value}));
  }
}

SymbolicPrediction predict(const SymbolicProgram& program, Routes& routes, const LinkClasses& classes,
                           const MessageCosts& costs) {
  const int extent = program.schedule().axes.empty() ? 1 : program.schedule().axes.front().extent;
  // A flat plan has one long axis: a few dozen neighbours show all kinds of routes.
  const int size = program.schedule().axes.size() > 1 ? extent : std::min(extent, 4 * kSamples);
  Tally tally(program, routes, classes, costs, {.size = size, .count = program.ranks() / size});
  int first_round = 0;
  for (std::size_t phase = 0; phase < program.schedule().phases.size(); ++phase) {
    for (const Line& line : program.lines(static_cast<int>(phase))) {
      tally.add_line(line, first_round);
      first_round += rounds_of(line);
    }
  }
  return tally.result();
}

}  // namespace muster
