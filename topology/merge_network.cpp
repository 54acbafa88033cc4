// SPDX-License-Identifier: Apache-2.0
// What a merge does with numbers and with networks: parts of its last step that need the one graph only.
#include <algorithm>
#include <set>
#include <utility>

#include "topology/merge_steps.hpp"

namespace muster {

namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }
constexpr int kKept = 100;          // findings of one code
constexpr double kSameRate = 0.01;  // rates that differ by less are the same, rounded differently

bool is_nic(const Topology& topology, int device) { return topology.devices[at(device)].kind == DeviceKind::nic; }

bool is_placeholder(const Topology& topology, int device) {
  return is_placeholder_network(topology.devices[at(device)]);
}

bool is_real_switch(const Topology& topology, int device) {
  return topology.devices[at(device)].kind == DeviceKind::network_switch && !is_placeholder(topology, device);
}

void drop_placeholders_without_links(Topology& topology) {
  std::set<int> joined;
  for (const Link& link : topology.links) joined.insert(link.source);
  std::vector<int> moved;
  std::vector<Device> left;
  for (int each = 0; each < static_cast<int>(topology.devices.size()); ++each) {
    const bool goes = is_placeholder(topology, each) && !joined.contains(each);
    moved.push_back(goes ? -1 : static_cast<int>(left.size()));
    if (!goes) left.push_back(std::move(topology.devices[at(each)]));
  }
  topology.devices = std::move(left);
  for (Link& link : topology.links) {
    link.source = moved[at(link.source)];
    link.target = moved[at(link.target)];
  }
}

}  // namespace

void MergeFindings::add(Finding finding) {
  if (++counts_[finding.code] <= kKept) kept_.push_back(std::move(finding));
}

std::vector<Finding> MergeFindings::take() {
  for (const auto& [code, count] : counts_) {
    if (count <= kKept) continue;
    kept_.push_back({Severity::note, "further_findings", "merge",
                     "there are " + std::to_string(count - kKept) + " more findings \"" + code + "\""});
  }
  counts_.clear();
  return std::exchange(kept_, {});
}

void improve(Capacity& known, const Capacity& other, const SharedPlace& shared, MergeFindings& findings) {
  if (known.certainty == Certainty::stated && other.certainty == Certainty::stated) {
    const auto [less, more] = std::minmax({known.line.value, other.line.value});
    if (more - less > kSameRate * more) {
      findings.add({Severity::warning, "contradiction", shared.place,
                    "two descriptions state different rates (" + known.provenance + "; " + other.provenance +
                        "): the first is taken",
                    shared.devices});
    }
  }
  if (other.certainty > known.certainty) {
    known.line = other.line;
    known.certainty = other.certainty;
    known.provenance = other.provenance;
  }
  if (known.usable.value == 0) known.usable = other.usable;
  if (known.measured.value == 0) known.measured = other.measured;
}

void drop_placeholder_networks(Topology& topology, MergeFindings& findings) {
  std::map<int, int> real;            // first link to a real switch, by NIC
  std::map<int, Capacity> stood_for;  // of the link to the placeholder, by NIC
  for (int each = 0; each < static_cast<int>(topology.links.size()); ++each) {
    const Link& link = topology.links[at(each)];
    if (!is_nic(topology, link.source)) continue;
    if (is_placeholder(topology, link.target)) stood_for.try_emplace(link.source, link.capacity);
    if (is_real_switch(topology, link.target)) real.try_emplace(link.source, each);
  }
  for (const auto& [nic, link] : real) {
    const auto known = stood_for.find(nic);
    if (known == stood_for.end()) continue;
    const std::string& id = topology.devices[at(nic)].id;
    improve(topology.links[at(link)].capacity, known->second, {id, {id}}, findings);
  }
  std::erase_if(topology.links, [&](const Link& link) {
    return (is_placeholder(topology, link.target) && real.contains(link.source)) ||
           (is_placeholder(topology, link.source) && real.contains(link.target));
  });
  drop_placeholders_without_links(topology);
}

void tell_not_joined(const Topology& topology, MergeFindings& findings) {
  std::set<std::string> reached;  // hosts, by a real switch
  for (const Link& link : topology.links) {
    if (is_real_switch(topology, link.target)) reached.insert(topology.devices[at(link.source)].host);
  }
  reached.erase("");  // switches
  if (reached.empty()) return;
  std::set<std::string> inside;                          // hosts with more than NICs
  std::map<std::string, std::vector<std::string>> nics;  // by host
  for (const Device& device : topology.devices) {
    if (device.kind == DeviceKind::gpu || device.kind == DeviceKind::cpu) inside.insert(device.host);
    if (device.kind == DeviceKind::nic) nics[device.host].push_back(device.id);
  }
  for (const std::string& host : inside) {
    if (reached.contains(host)) continue;
    findings.add({Severity::warning, "not_joined", host,
                  "no NIC of this host is in the fabric's description, by GUID or by name: it is cut off from it",
                  nics[host]});
  }
  const auto bare = std::ranges::count_if(reached, [&](const std::string& host) { return !inside.contains(host); });
  if (bare == 0 || inside.empty()) return;
  findings.add({Severity::note, "not_joined", "merge",
                std::to_string(bare) +
                    " hosts of the fabric have no description of their own: they take part in no collective"});
}

}  // namespace muster
