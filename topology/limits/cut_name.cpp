// SPDX-License-Identifier: Apache-2.0
// From a set of nodes to words that lead a person to the place: "the NICs of node3 (8 links)", "all 18 NVLinks of gpu3
// of node0", "mlx5_2 of node17".
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>

#include "topology/limits/study.hpp"

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// Ranks that are listed by name before "and N more".
constexpr std::size_t kMostNames = 4;

/// "gpu3 of node0" for "node0/gpu3", "mlx5_2 of node17" for "node17/nic:mlx5_2".
std::string place_of(const Device& device) {
  if (device.host.empty() || !device.id.starts_with(device.host + "/")) return device.id;
  std::string own = device.id.substr(device.host.size() + 1);
  if (own.starts_with("nic:")) own = own.substr(4);
  return own + " of " + device.host;
}

std::string_view plural_of(LinkKind kind) {
  constexpr std::array<std::string_view, 8> kWords = {"NVLinks",        "xGMI links",    "C2C links",
                                                      "PCIe links",     "SMP links",     "InfiniBand links",
                                                      "Ethernet links", "internal links"};
  return kWords.at(static_cast<std::size_t>(kind));
}

std::string counted(int count, std::string_view plural) {
  std::string words(plural);
  if (count == 1) words.pop_back();
  return std::to_string(count) + " " + words;
}

class CutNamer {
 public:
  CutNamer(const Study& study, const Cut& cut) : study_(study), cut_(cut) {
    is_named_.assign(study.topology.devices.size(), 0);
    for (const int device : cut.devices) is_named_[at(device)] = 1;
    for (const int device : cut.devices)
      if (study.rank_of[at(device)] >= 0) ranks_.push_back(device);
  }

  std::string name() const {
    if (cut_.links.empty() && cut_.bottlenecks.size() == 1)
      return "what passes through " + place_of(device(cut_.bottlenecks.front()));
    const bool is_single = cut_.links.size() == 1 && cut_.bottlenecks.empty();
    if (is_single && (all_touch(DeviceKind::nic) || !takes_all())) return single_link(link(cut_.links.front()));
    const std::string links = counted(link_count(), "links");
    if (all_touch(DeviceKind::nic)) return "the NICs of " + subject() + " (" + links + ")";
    if (all_leave(DeviceKind::network_switch)) return "the uplinks of " + subject() + " (" + links + ")";
    if (takes_all() && link_count() == 1)
      return "the " + by_kind().substr(2) + " of " + subject();  // "the NVLink" rather than "all 1 NVLink"
    return (takes_all() ? "all " : "") + by_kind() + (takes_all() ? " of " : " between ") + subject() +
           (takes_all() ? "" : " and the rest");
  }

 private:
  const Device& device(int index) const { return study_.topology.devices[at(index)]; }
  const Link& link(int index) const { return study_.topology.links[at(index)]; }
  const Device& inner_end(const Link& link) const {
    return device(is_named_[at(link.source)] ? link.source : link.target);
  }
  const Device& outer_end(const Link& link) const {
    return device(is_named_[at(link.source)] ? link.target : link.source);
  }

  std::string single_link(const Link& link) const {
    const Device& inner = inner_end(link);
    const Device& outer = outer_end(link);
    const std::string kind = " (" + counted(link.count, plural_of(link.kind)) + ")";
    if (inner.kind == DeviceKind::nic) return place_of(inner) + kind;
    if (outer.kind == DeviceKind::nic) return place_of(outer) + kind;
    return "the way between " + place_of(inner) + " and " + place_of(outer) + kind;
  }

  /// A cut before the NICs is as small as one behind them; either is the NICs' fault.
  bool all_touch(DeviceKind kind) const {
    return cut_.bottlenecks.empty() && std::ranges::all_of(cut_.links, [&](int index) {
             return inner_end(link(index)).kind == kind || outer_end(link(index)).kind == kind;
           });
  }

  bool all_leave(DeviceKind kind) const {
    return cut_.bottlenecks.empty() &&
           std::ranges::all_of(cut_.links, [&](int index) { return inner_end(link(index)).kind == kind; });
  }

  int link_count() const {
    int count = 0;
    for (const int index : cut_.links) count += link(index).count;
    return count;
  }

  /// "18 NVLinks and 1 PCIe link".
  std::string by_kind() const {
    std::map<LinkKind, int> counts;
    for (const int index : cut_.links) counts[link(index).kind] += link(index).count;
    std::string words;
    for (const auto& [kind, count] : counts) words += (words.empty() ? "" : " and ") + counted(count, plural_of(kind));
    if (!cut_.bottlenecks.empty()) words += (words.empty() ? "" : " and ") + std::string("what passes through it");
    return words;
  }

  /// One device with all links that it has in that direction.
  bool takes_all() const { return cut_.devices.size() == 1; }

  /// "node3", "rack 7", "gpu3 of node0", "leaf2": what the named side is, as a person would say it.
  std::string subject() const {
    if (ranks_.size() == 1 && (cut_.devices.size() == 1 || !is_whole(&Device::host)))
      return place_of(device(ranks_.front()));
    if (is_whole(&Device::host)) return device(ranks_.front()).host;
    if (is_whole(&Device::enclosure)) return device(ranks_.front()).enclosure;
    const Device* only_switch = nullptr;
    int switches = 0;
    for (const int index : cut_.devices) {
      if (device(index).kind != DeviceKind::network_switch) continue;
      only_switch = &device(index);
      ++switches;
    }
    if (switches == 1) return place_of(*only_switch);
    return listed_ranks();
  }

  /// Whether the named side has all ranks of one group and no other.
  bool is_whole(std::string Device::*group) const {
    if (ranks_.empty()) return false;
    const std::string& name = device(ranks_.front()).*group;
    const auto is_member = [&](int index) { return device(index).*group == name; };
    return !name.empty() && std::ranges::all_of(ranks_, is_member) &&
           std::ranges::count_if(study_.graph.ranks, is_member) == static_cast<std::ptrdiff_t>(ranks_.size());
  }

  std::string listed_ranks() const {
    std::string words = counted(static_cast<int>(ranks_.size()), "ranks") + " (";
    for (std::size_t rank = 0; rank < std::min(kMostNames, ranks_.size()); ++rank)
      words += (rank == 0 ? "" : ", ") + place_of(device(ranks_[rank]));
    if (ranks_.size() > kMostNames) words += " and " + std::to_string(ranks_.size() - kMostNames) + " more";
    return words + ")";
  }

  const Study& study_;
  const Cut& cut_;
  std::vector<char> is_named_;  // [device]
  std::vector<int> ranks_;
};

/// Images of the cut under symmetry, where each has its own ranks; else 1.
int images_of(const Study& study, const Cut& cut) {
  std::map<int, int> of_orbit;
  for (const int device : cut.devices)
    if (study.rank_of[at(device)] >= 0) ++of_orbit[study.orbits.of_node[at(device)]];
  if (of_orbit.size() != 1) return 1;
  const auto [orbit, inside] = *of_orbit.begin();
  const int all = study.orbits.size[at(orbit)];
  return all % inside == 0 ? all / inside : 1;
}

/// Devices of the side with fewer ranks, or fewer devices where ranks are equal.
std::vector<int> named_devices(const Study& study, const std::vector<char>& source_side) {
  std::array<std::vector<int>, 2> devices;
  std::array<int, 2> ranks{};
  for (int device = 0; device < static_cast<int>(study.topology.devices.size()); ++device) {
    const std::size_t side = source_side[at(device)] != 0 ? 1 : 0;
    devices[side].push_back(device);
    if (study.rank_of[at(device)] >= 0) ++ranks[side];
  }
  const bool takes_source = std::pair(ranks[1], devices[1].size()) <= std::pair(ranks[0], devices[0].size());
  return std::move(devices[takes_source ? 1 : 0]);
}

Cut distance_cut(const Study& study, const LimitBound& bound) {
  std::set<std::pair<int, int>> ends;
  Cut cut{.ranks = study.ranks()};
  for (const int arc : bound.arcs) ends.insert({study.graph.arcs[at(arc)].source, study.graph.arcs[at(arc)].target});
  int count = 0;
  for (int index = 0; index < static_cast<int>(study.topology.links.size()); ++index) {
    const Link& link = study.topology.links[at(index)];
    if (!is_chosen(link, study.links) || !ends.contains({study.graph.exit[at(link.source)], link.target})) continue;
    cut.links.push_back(index);
    cut.capacity.value += link.capacity.line.value;
    count += link.count;
  }
  cut.name = "the distances over " + counted(count, "links") + " together";
  return cut;
}

}  // namespace

Cut describe_cut(const Study& study, const LimitBound& bound) {
  if (bound.source_side.empty()) return distance_cut(study, bound);
  const std::vector<char>& side = bound.source_side;
  Cut cut{.devices = named_devices(study, side)};
  for (int index = 0; index < static_cast<int>(study.topology.links.size()); ++index) {
    const Link& link = study.topology.links[at(index)];
    if (is_chosen(link, study.links) && side[at(study.graph.exit[at(link.source)])] > side[at(link.target)])
      cut.links.push_back(index);
  }
  for (int device = 0; device < static_cast<int>(study.topology.devices.size()); ++device)
    if (side[at(device)] > side[at(study.graph.exit[at(device)])]) cut.bottlenecks.push_back(device);
  WideInt capacity = 0;
  for (const Arc& arc : study.graph.arcs)
    if (side[at(arc.source)] > side[at(arc.target)]) capacity += arc.capacity;
  cut.capacity = {static_cast<double>(capacity) * static_cast<double>(study.graph.unit)};
  for (const int device : cut.devices)
    if (study.rank_of[at(device)] >= 0) ++cut.ranks;
  cut.alike = bound.parts > 0 ? bound.parts : images_of(study, cut);
  cut.name = CutNamer(study, cut).name();
  if (bound.parts > 0) {
    cut.name = "between " + std::to_string(bound.parts) + " parts (" + std::string(bound.family) + "): " + cut.name;
  } else if (cut.alike > 1) {
    cut.name += ", and " + std::to_string(cut.alike - 1) + " more like it";
  }
  return cut;
}

}  // namespace muster
