// SPDX-License-Identifier: Apache-2.0
// Switches of the fabric against switches of their tier, and cables against cables between the same tiers.
#include <map>
#include <tuple>

#include "topology/doctor/checks.hpp"

namespace muster {

namespace {

bool is_fabric_switch(const Device& device) { return device.kind == DeviceKind::network_switch; }

/// Cables are alike when they join the same tiers, or the same make of NIC to the same tier.
using CableClass = std::tuple<LinkKind, int, int, std::string_view>;

constexpr int kNicTier = -2;  // below every tier; -1 is a switch whose tier nobody knows

CableClass class_of(const Survey& survey, const Link& link) {
  const Device& source = survey.device(link.source);
  const Device& target = survey.device(link.target);
  if (is_fabric_switch(source) && is_fabric_switch(target)) return {link.kind, source.tier, target.tier, {}};
  return {link.kind, kNicTier, target.tier, source.model};
}

/// From a NIC or a switch up or across to a switch: of the two directions of a cable only one.
bool is_counted(const Survey& survey, const Link& link) {
  const Device& source = survey.device(link.source);
  const Device& target = survey.device(link.target);
  if (!is_network(link.kind) || !is_fabric_switch(target) || link.capacity.line.value == 0) return false;
  if (source.kind == DeviceKind::nic) return !source.model.empty();
  return is_fabric_switch(source) && std::tuple(source.tier, link.source) < std::tuple(target.tier, link.target);
}

}  // namespace

void check_uplinks(const Survey& survey, CaseNotes& notes) {
  std::map<std::pair<int, std::string_view>, std::vector<int>> tiers;
  for (int device = 0; device < survey.devices(); ++device) {
    const Device& each = survey.device(device);
    if (is_fabric_switch(each) && each.tier >= 0) tiers[{each.tier, each.model}].push_back(device);
  }
  for (const auto& [key, switches] : tiers) {
    std::vector<Bundle> uplinks;
    for (const int box : switches) {
      uplinks.push_back(bundle_of(survey, box, [&](const Link& link) {
        const Device& target = survey.device(link.target);
        return is_fabric_switch(target) && target.tier > survey.device(box).tier;
      }));
    }
    const auto usual = most_common(uplinks);
    for (std::size_t i = 0; i < switches.size() && usual; ++i) {
      if (uplinks[i].cables >= usual->cables) continue;
      notes.add(switches[i], {.severity = Severity::warning,
                              .code = "fewer_uplinks",
                              .place = "",
                              .meaning = "this switch has " + count_of(uplinks[i].cables, "uplink") +
                                         " where most of its tier have " + std::to_string(usual->cables) +
                                         ": traffic that leaves it is slower by as much",
                              .devices = {survey.device(switches[i]).id}});
    }
  }
}

void check_cables(const Survey& survey, CaseNotes& notes) {
  std::map<CableClass, std::vector<const Link*>> classes;
  for (const Link& link : survey.topology().links) {
    if (is_counted(survey, link)) classes[class_of(survey, link)].push_back(&link);
  }
  for (const auto& [key, links] : classes) {
    std::vector<BytesPerSecond> rates;
    for (const Link* link : links) rates.push_back({link->capacity.line.value / link->count});
    const auto usual = most_common(rates);
    for (std::size_t i = 0; i < links.size() && usual; ++i) {
      if (rates[i] >= *usual) continue;
      const std::string& source = survey.device(links[i]->source).id;
      const std::string& target = survey.device(links[i]->target).id;
      notes.add(links[i]->source,
                {.severity = Severity::warning,
                 .code = "slow_cable",
                 .place = source + " -> " + target,
                 .meaning = "this cable runs at " + text_of(rates[i]) + " where its like run at " + text_of(*usual) +
                            ": lanes are lost or a port is set too low; clean or change it",
                 .devices = {source, target}});
    }
  }
}

}  // namespace muster
