// SPDX-License-Identifier: Apache-2.0
#include "topology/readers/switch_tree.hpp"

#include <algorithm>
#include <utility>

#include "core/error.hpp"
#include "topology/disjoint_sets.hpp"
#include "topology/readers/unique_ids.hpp"

namespace muster {

namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

class TreeGraph {
 public:
  TreeGraph(const SwitchTree& tree, FindingList& findings) : tree_(tree), findings_(findings) {}

  Topology build() {
    for (int each = 0; each < count(); ++each) add_switch(each);
    find_children();
    find_tiers();
    for (int each = 0; each < count(); ++each) {
      for (const int child : children_[at(each)]) join_below(each, child);
    }
    for (int each = 0; each < count(); ++each) {
      for (const std::string& host : tree_.switches[at(each)].hosts) hang(each, host);
    }
    tell_what_is_open();
    return std::move(topology_);
  }

 private:
  int count() const { return static_cast<int>(tree_.switches.size()); }
  int line(int index) const { return tree_.switches[at(index)].line; }

  // Devices of switches bear the numbers of the switches.
  void add_switch(int index) {
    const std::string& name = tree_.switches[at(index)].name;
    if (!numbers_.try_emplace(name, index).second) {
      throw Error(findings_.place(line(index)) + ": a second switch " + in_quotes(name) + "; each has one entry");
    }
    add_device(topology_, {.id = ids_.take(name), .kind = DeviceKind::network_switch});
  }

  void find_children() {
    children_.resize(at(count()));
    parents_.assign(at(count()), 0);
    for (int each = 0; each < count(); ++each) {
      for (const std::string& child : tree_.switches[at(each)].switches) {
        const auto found = numbers_.find(child);
        if (found == numbers_.end()) {
          throw Error(findings_.place(line(each)) + ": switch " + in_quotes(child) + " has no entry; add it");
        }
        children_[at(each)].push_back(found->second);
        if (++parents_[at(found->second)] != 2) continue;
        tell(line(each), Severity::warning, "two_parents", {child},
             "switch " + in_quotes(child) + " is below two others: this is no tree, and its links count all the same");
      }
    }
  }

  /// From the leaves up, each when all below it are done; what never gets done is above itself.
  void find_tiers() {
    std::vector<std::vector<int>> above(at(count()));
    std::vector<int> open(at(count()), 0);
    std::vector<int> ready;
    for (int each = 0; each < count(); ++each) {
      open[at(each)] = static_cast<int>(children_[at(each)].size());
      for (const int child : children_[at(each)]) above[at(child)].push_back(each);
      if (open[at(each)] == 0) ready.push_back(each);
    }
    for (std::size_t next = 0; next < ready.size(); ++next) {
      const int below = ready[next];
      int& tier = topology_.devices[at(below)].tier;
      tier = std::max(tier, 0);
      for (const int parent : above[at(below)]) {
        int& higher = topology_.devices[at(parent)].tier;
        higher = std::max(higher, tier + 1);
        if (--open[at(parent)] == 0) ready.push_back(parent);
      }
    }
    if (static_cast<int>(ready.size()) == count()) return;
    const auto stuck = std::ranges::find_if(open, [](int left) { return left > 0; }) - open.begin();
    throw Error(findings_.place(line(static_cast<int>(stuck))) + ": switch " +
                in_quotes(tree_.switches[static_cast<std::size_t>(stuck)].name) +
                " is above itself, by way of others; take one of these links out");
  }

  void join_below(int parent, int child) {
    join(topology_, child, parent, {.kind = LinkKind::infiniband, .capacity = no_rate(line(parent))});
  }

  void hang(int leaf, const std::string& host) {
    const auto [known, is_new] = hosts_.try_emplace(host, -1);
    if (is_new) {
      const auto enclosure = tree_.enclosures.find(host);
      known->second =
          add_device(topology_, {.id = ids_.take(host + "/nic"),
                                 .kind = DeviceKind::nic,
                                 .host = host,
                                 .enclosure = enclosure == tree_.enclosures.end() ? "" : enclosure->second});
      topology_.hosts.push_back({.name = host});
    } else {
      tell(line(leaf), Severity::warning, "host_in_two_leaves", {topology_.devices[at(known->second)].id},
           "host " + in_quotes(host) + " is below several switches: it gets a link to each");
    }
    join(topology_, known->second, leaf, {.kind = LinkKind::infiniband, .capacity = no_rate(line(leaf))});
  }

  void tell_what_is_open() {
    const int devices = static_cast<int>(topology_.devices.size());
    DisjointSets joined(devices);
    for (const Link& link : topology_.links) joined.unite(link.source, link.target);
    for (int each = 0; each < devices; ++each) {
      if (joined.find(each) == joined.find(0)) continue;
      tell(line(std::min(each, count() - 1)), Severity::warning, "separate_networks", {topology_.devices[at(each)].id},
           in_quotes(topology_.devices[at(each)].id) + " and " + in_quotes(topology_.devices.front().id) +
               " are in networks that nothing joins: no limit spans both");
      break;
    }
    tell(1, Severity::note, "rates_unknown", {},
         "this format has no link rates: limits need them, for example from ibnetdiscover of the same fabric");
  }

  Capacity no_rate(int line) const { return unknown_rate(findings_.place(line) + ": this format has no rates"); }

  void tell(int line, Severity severity, const char* code, std::vector<std::string> devices, std::string meaning) {
    findings_.add(line, {severity, code, {}, std::move(meaning), std::move(devices)});
  }

  const SwitchTree& tree_;
  FindingList& findings_;
  std::vector<std::vector<int>> children_;        // [switch]
  std::vector<int> parents_;                      // [switch]: how many
  std::unordered_map<std::string, int> numbers_;  // of switches, by name
  std::unordered_map<std::string, int> hosts_;    // device of the NIC, by name
  UniqueIds ids_;
  Topology topology_;
};

}  // namespace

Imported graph_of(const SwitchTree& tree, FindingList findings) {
  if (tree.switches.empty()) throw Error(findings.place(1) + ": there is no switch; give the whole file");
  Topology topology = TreeGraph(tree, findings).build();
  return {.topology = std::move(topology), .findings = findings.take()};
}

}  // namespace muster
