// SPDX-License-Identifier: Apache-2.0
// Where cuts are looked for beside the exact ones: ranks sorted into the parts that machines are built of.
#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <unordered_map>

#include "topology/limits/study.hpp"

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// Numbers the parts by first appearance of their keys among the ranks.
template <typename Key>
RankFamily keyed_family(const Study& study, std::string_view name, Key key) {
  std::vector<int> part_of(at(study.graph.nodes), -1);
  std::unordered_map<int, int> numbers;
  for (const int rank : study.graph.ranks)
    part_of[at(rank)] = numbers.emplace(key(rank), static_cast<int>(numbers.size())).first->second;
  return closed_family(study, name, std::move(part_of));
}

/// [group] the part that has all of its ranks; -1 where several parts have some, or none is there.
std::vector<int> owners(const Study& study, const std::vector<int>& group_of, const std::vector<int>& part_of) {
  constexpr int kNobody = -2;
  std::vector<int> owner(group_of.size(), kNobody);
  for (const int rank : study.graph.ranks) {
    if (group_of[at(rank)] < 0) continue;
    int& part = owner[at(group_of[at(rank)])];
    part = part == kNobody || part == part_of[at(rank)] ? part_of[at(rank)] : -1;
  }
  std::ranges::replace(owner, kNobody, -1);
  return owner;
}

/// [node] the nearest switch of the lowest tier, by hops; -1 where there is none.
std::vector<int> nearest_leaf(const Study& study) {
  int lowest = std::numeric_limits<int>::max();
  for (const Device& device : study.topology.devices)
    if (device.kind == DeviceKind::network_switch) lowest = std::min(lowest, device.tier);
  std::vector<int> leaf(at(study.graph.nodes), -1);
  std::vector<int> queue;
  for (int node = 0; node < static_cast<int>(study.topology.devices.size()); ++node) {
    const Device& device = study.topology.devices[at(node)];
    if (device.kind != DeviceKind::network_switch || device.tier != lowest) continue;
    leaf[at(node)] = node;
    queue.push_back(node);
  }
  for (std::size_t head = 0; head < queue.size(); ++head) {
    for (const Neighbour& step : study.adjacency.in(queue[head])) {
      if (leaf[at(step.node)] >= 0) continue;
      leaf[at(step.node)] = leaf[at(queue[head])];
      queue.push_back(step.node);
    }
  }
  return leaf;
}

/// [part] capacity of the arcs that cross its border.
std::vector<WideInt> borders(const Study& study, const RankFamily& family, const std::vector<int>& part_of,
                             Crossing way) {
  std::vector<WideInt> border(at(family.parts()), 0);
  for (const Arc& arc : study.graph.arcs) {
    const int source = part_of[at(arc.source)];
    const int target = part_of[at(arc.target)];
    const int part = way == Crossing::leaving ? source : target;
    if (source != target && part >= 0) border[at(part)] += arc.capacity;
  }
  return border;
}

std::vector<int> ranks_only(const Study& study, std::vector<int> part_of) {
  for (int node = 0; node < study.graph.nodes; ++node)
    if (study.rank_of[at(node)] < 0) part_of[at(node)] = -1;
  return part_of;
}

bool is_single_ranks(const Study& study, const RankFamily& family) {
  return family.parts() == study.ranks() && family.pinned.empty();
}

bool affords_flows(const Study& study, const RankFamily& family) {
  return family.parts() * study.size() <= kExactWork / 40;
}

bool affords_orbits(const Study& study, const RankFamily& family) {
  return is_single_ranks(study, family) &&
         static_cast<std::int64_t>(study.representatives.size()) * study.size() <= kExactWork;
}

int member_of(const Study& study, const RankFamily& family, int part) {
  return *std::ranges::find_if(study.graph.ranks, [&](int rank) { return family.part_of[at(rank)] == part; });
}

std::vector<WideInt> found_cuts(Study& study, const RankFamily& family, Crossing way) {
  std::vector<WideInt> cuts(at(family.parts()));
  if (affords_orbits(study, family)) {
    std::map<int, WideInt> of_orbit;
    for (const int node : study.representatives)
      of_orbit[study.orbits.of_node[at(node)]] = study.single_cut(node, way).capacity;
    for (const int rank : study.graph.ranks)
      cuts[at(family.part_of[at(rank)])] = of_orbit.at(study.orbits.of_node[at(rank)]);
  } else if (affords_flows(study, family)) {
    for (int part = 0; part < family.parts(); ++part) cuts[at(part)] = smallest_cut(study, family, part, way).capacity;
  } else {
    cuts = borders(study, family, family.part_of, way);
    if (!family.pinned.empty()) return cuts;
    const std::vector<WideInt> bare = borders(study, family, ranks_only(study, family.part_of), way);
    for (std::size_t part = 0; part < cuts.size(); ++part) cuts[part] = std::min(cuts[part], bare[part]);
  }
  return cuts;
}

}  // namespace

std::vector<int> group_numbers(const Topology& topology, std::string Device::*group) {
  std::unordered_map<std::string_view, int> numbers;
  std::vector<int> number_of;
  std::string_view last;
  for (const Device& device : topology.devices) {
    const std::string& name = device.*group;
    if (name.empty()) {
      number_of.push_back(-1);
    } else if (!number_of.empty() && number_of.back() >= 0 && name == last) {
      number_of.push_back(number_of.back());
    } else {
      number_of.push_back(numbers.emplace(name, static_cast<int>(numbers.size())).first->second);
    }
    last = name;
  }
  return number_of;
}

RankFamily closed_family(const Study& study, std::string_view name, std::vector<int> part_of) {
  RankFamily family{.name = name, .part_of = std::move(part_of), .ranks = {}};
  for (const int rank : study.graph.ranks) {
    const int part = family.part_of[at(rank)];
    if (part >= family.parts()) family.ranks.resize(at(part) + 1, 0);
    ++family.ranks[at(part)];
  }
  const std::vector<int> host_owner = owners(study, study.host_of, family.part_of);
  const std::vector<int> enclosure_owner = owners(study, study.enclosure_of, family.part_of);
  for (int node = 0; node < study.graph.nodes; ++node) {
    if (study.rank_of[at(node)] >= 0) continue;
    const int device = study.graph.device[at(node)];
    if (study.rank_of[at(device)] >= 0) {  // the way out of a rank with a capacity of its own
      family.part_of[at(node)] = family.part_of[at(device)];
      continue;
    }
    const int host = study.host_of[at(device)];
    const int enclosure = study.enclosure_of[at(device)];
    if (host >= 0) family.part_of[at(node)] = host_owner[at(host)];
    if (host < 0 && enclosure >= 0) family.part_of[at(node)] = enclosure_owner[at(enclosure)];
  }
  return family;
}

std::vector<RankFamily> families_of(const Study& study) {
  const auto& devices = study.topology.devices;
  const int ranks = study.ranks();
  std::vector<RankFamily> found;
  found.push_back(keyed_family(study, "ranks", [](int node) { return node; }));
  const auto keep = [&](RankFamily family) {
    const bool is_new =
        std::ranges::none_of(found, [&](const RankFamily& each) { return each.part_of == family.part_of; });
    if (family.parts() > 1 && family.parts() < ranks && is_new) found.push_back(std::move(family));
  };
  keep(keyed_family(study, "hosts", [&](int node) { return study.host_of[at(node)]; }));
  keep(keyed_family(study, "enclosures", [&](int node) { return study.enclosure_of[at(node)]; }));
  keep(keyed_family(study, "rails", [&](int node) { return devices[at(node)].index; }));
  const std::vector<int> leaf = nearest_leaf(study);
  keep(keyed_family(study, "leaves", [&](int node) { return leaf[at(node)]; }));
  for (int parts = 2; parts <= 16 && parts < ranks; parts *= 2) {
    if (ranks % parts != 0) continue;
    keep(keyed_family(study, "blocks of ranks", [&](int node) { return study.rank_of[at(node)] / (ranks / parts); }));
  }
  return found;
}

std::vector<WideInt> cuts_of(Study& study, const RankFamily& family, Crossing way) {
  const auto kept = std::ranges::find(study.families, &family, [](const RankFamily& each) { return &each; });
  if (kept == study.families.end()) return found_cuts(study, family, way);
  const std::pair key(static_cast<int>(kept - study.families.begin()), way);
  const auto known = study.family_cuts.find(key);
  if (known != study.family_cuts.end()) return known->second;
  return study.family_cuts[key] = found_cuts(study, family, way);
}

SideCut cut_of(Study& study, const RankFamily& family, int part, Crossing way) {
  if (affords_orbits(study, family)) return study.single_cut(member_of(study, family, part), way);
  if (affords_flows(study, family)) return smallest_cut(study, family, part, way);
  const std::vector<int> bare = ranks_only(study, family.part_of);
  const WideInt closed_border = borders(study, family, family.part_of, way)[at(part)];
  const WideInt bare_border = borders(study, family, bare, way)[at(part)];
  const bool takes_bare = family.pinned.empty() && bare_border < closed_border;
  SideCut cut{.capacity = takes_bare ? bare_border : closed_border, .source_side = {}};
  for (const int each : takes_bare ? bare : family.part_of)
    cut.source_side.push_back((each == part) == (way == Crossing::leaving) ? 1 : 0);
  return cut;
}

}  // namespace muster
