// SPDX-License-Identifier: Apache-2.0
// Models of topograph: `switches` names who is below whom, `blocks` which hosts a leaf has and their scale-up domain.
#include <utility>

#include "core/error.hpp"
#include "topology/readers/formats.hpp"
#include "topology/readers/hostlist.hpp"
#include "topology/readers/switch_tree.hpp"
#include "topology/readers/text.hpp"
#include "topology/readers/yaml.hpp"

namespace muster {

namespace {

class ModelReader {
 public:
  explicit ModelReader(const ReadRequest& request) : findings_(request.origin) {}

  Imported read(const YamlNode& model) {
    for (const auto& [key, value] : expect(model, YamlNode::Kind::mapping, "the model").fields) {
      if (key == "switches") {
        for (const auto& [name, entry] : expect(value, YamlNode::Kind::mapping, "switches").fields) {
          add_switch(name, entry);
        }
      } else if (key == "blocks") {
        for (const YamlNode& block : expect(value, YamlNode::Kind::sequence, "blocks").items) add_block(block);
      } else {
        tell_unknown(value, key);
      }
    }
    // Leaves often stand in blocks and above, not in an entry of their own.
    for (std::size_t each = 0; each < tree_.switches.size(); ++each) {
      for (const std::string& below : std::vector(tree_.switches[each].switches))
        entry_of(below, tree_.switches[each].line);
    }
    return graph_of(tree_, std::move(findings_));
  }

 private:
  const YamlNode& expect(const YamlNode& node, YamlNode::Kind kind, const std::string& name) const {
    if (node.kind == kind) return node;
    throw error(node, name + " must be a " + (kind == YamlNode::Kind::mapping ? "mapping" : "list"));
  }

  void add_switch(const std::string& name, const YamlNode& entry) {
    const std::size_t index = entry_of(name, entry.line);
    if (entry.kind == YamlNode::Kind::scalar && entry.text.empty()) return;  // "core:" with nothing behind it
    for (const auto& [key, value] : expect(entry, YamlNode::Kind::mapping, "switch " + in_quotes(name)).fields) {
      if (key == "switches") {
        append(tree_.switches[index].switches, value, key);
      } else if (key == "nodes") {
        append(tree_.switches[index].hosts, value, key);
      } else if (key != "labels" && key != "metadata") {
        tell_unknown(value, key);
      }
    }
  }

  void add_block(const YamlNode& block) {
    const YamlNode* leaf = find_field(expect(block, YamlNode::Kind::mapping, "a block"), "switch");
    const YamlNode* nodes = find_field(block, "nodes");
    if (leaf == nullptr || leaf->text.empty()) throw error(block, "a block needs the name of its switch");
    if (nodes == nullptr) throw error(block, "a block needs its nodes");
    std::vector<std::string> hosts;
    append(hosts, *nodes, "nodes");
    std::vector<std::string>& below = tree_.switches[entry_of(leaf->text, block.line)].hosts;
    below.insert(below.end(), hosts.begin(), hosts.end());
    const YamlNode* annotations = find_field(block, "annotations");
    if (annotations == nullptr) return;
    for (const auto& [key, value] : annotations->fields) {
      if (!key.ends_with("/domain")) continue;
      for (const std::string& host : hosts) tree_.enclosures.try_emplace(host, value.text);
    }
  }

  void append(std::vector<std::string>& names, const YamlNode& list, const std::string& key) {
    for (const YamlNode& item : expect(list, YamlNode::Kind::sequence, key).items) {
      HostlistLimits limits;
      limits.names -= names_;
      try {
        for (std::string& name : expand_hostlist(expect(item, YamlNode::Kind::scalar, key).text, limits)) {
          names.push_back(std::move(name));
          ++names_;
        }
      } catch (const Error& bad) {
        throw error(item, bad.what());
      }
    }
  }

  std::size_t entry_of(const std::string& name, int line) {
    const auto [found, is_new] = numbers_.try_emplace(name, tree_.switches.size());
    if (is_new) tree_.switches.push_back({.name = name, .line = line});
    return found->second;
  }

  void tell_unknown(const YamlNode& node, const std::string& key) {
    findings_.add(node.line, {Severity::note,
                              "unknown_key",
                              {},
                              "key " + in_quotes(key) + " is not known here: it is left out with all that it holds"});
  }

  Error error(const YamlNode& node, const std::string& what) const {
    return Error(findings_.place(node.line) + ": " + what);
  }

  FindingList findings_;
  SwitchTree tree_;
  std::unordered_map<std::string, std::size_t> numbers_;  // of switches, by name
  std::size_t names_ = 0;                                 // in all host lists together
};

}  // namespace

bool is_topograph(std::string_view text) {
  LineCursor lines(text.substr(0, kRecognisedFrom), {});
  while (lines.next()) {
    const std::string_view line = lines.line();
    if (line.empty() || line.starts_with('#') || line.starts_with("---") || line.starts_with(' ')) continue;
    return line.starts_with("switches:") || line.starts_with("blocks:");
  }
  return false;
}

Imported read_topograph(const ReadRequest& request) {
  return ModelReader(request).read(parse_yaml(request.text, request.origin));
}

}  // namespace muster
