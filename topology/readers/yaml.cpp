// SPDX-License-Identifier: Apache-2.0
#include "topology/readers/yaml.hpp"

#include <yaml.h>

#include <algorithm>

#include "core/error.hpp"

namespace muster {

namespace {

class Parser {
 public:
  Parser(std::string_view text, std::string origin, const YamlLimits& limits)
      : origin_(std::move(origin)), limits_(limits) {
    if (yaml_parser_initialize(&parser_) == 0) throw Error("libyaml could not start: not enough memory?");
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  ~Parser() {
    yaml_event_delete(&event_);
    yaml_parser_delete(&parser_);
  }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  YamlNode document() {
    while (next() != YAML_DOCUMENT_START_EVENT) {
      if (event_.type == YAML_STREAM_END_EVENT) throw error("the file holds nothing");
    }
    next();
    return node(0);
  }

 private:
  yaml_event_type_t next() {
    yaml_event_delete(&event_);
    if (yaml_parser_parse(&parser_, &event_) != 0) return event_.type;
    const std::string problem = parser_.problem == nullptr ? "is no YAML" : parser_.problem;
    throw Error(place(parser_.problem_mark.line) + ": " + problem + "; give a YAML file");
  }

  /// The node that the event in hand begins.
  YamlNode node(int depth) {
    if (depth > limits_.depth) throw error("deeper than " + std::to_string(limits_.depth) + " levels");
    if (++nodes_ > limits_.nodes) throw error("more than " + std::to_string(limits_.nodes) + " nodes");
    YamlNode made{.line = line()};
    switch (event_.type) {
      case YAML_SCALAR_EVENT:
        made.text.assign(reinterpret_cast<const char*>(event_.data.scalar.value), event_.data.scalar.length);
        return made;
      case YAML_SEQUENCE_START_EVENT:
        made.kind = YamlNode::Kind::sequence;
        while (next() != YAML_SEQUENCE_END_EVENT) made.items.push_back(node(depth + 1));
        return made;
      case YAML_MAPPING_START_EVENT:
        made.kind = YamlNode::Kind::mapping;
        while (next() != YAML_MAPPING_END_EVENT) {
          if (event_.type != YAML_SCALAR_EVENT) throw error("a key must be plain text");
          std::string key = node(depth + 1).text;
          next();
          made.fields.emplace_back(std::move(key), node(depth + 1));
        }
        return made;
      default:
        throw error("aliases (*name) are not read; write the value out");
    }
  }

  int line() const { return static_cast<int>(event_.start_mark.line) + 1; }
  std::string place(std::size_t line) const { return origin_ + ":" + std::to_string(line + 1); }
  Error error(const std::string& what) const { return Error(place(event_.start_mark.line) + ": " + what); }

  yaml_parser_t parser_{};
  yaml_event_t event_{};
  std::string origin_;
  YamlLimits limits_;
  int nodes_ = 0;
};

}  // namespace

YamlNode parse_yaml(std::string_view text, const std::string& origin, const YamlLimits& limits) {
  if (text.size() > limits.document.value) {
    throw Error(origin + ": larger than " + format_size(limits.document) + "; give the description of one cluster");
  }
  return Parser(text, origin, limits).document();
}

const YamlNode* find_field(const YamlNode& node, std::string_view key) {
  const auto found = std::ranges::find(node.fields, key, &std::pair<std::string, YamlNode>::first);
  return found == node.fields.end() ? nullptr : &found->second;
}

}  // namespace muster
