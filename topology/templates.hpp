// SPDX-License-Identifier: Apache-2.0
// Machines and fabrics by description: a node template times a shape (docs/formats.md, "machine templates"). The
// library that ships lies in templates/*.json; users copy one, edit it and give the file instead of a name.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "topology/graph.hpp"

namespace muster {

struct TemplateText {
  std::string_view name;  ///< "dgx-h100", "gb200-nvl72", "fat-tree-ndr"
  std::string_view text;  ///< the JSON file
};

/// Built into the program from templates/*.json, sorted by name.
std::span<const TemplateText> template_library();

/// Parsed, by name from the library; throws Error listing the names.
Json library_template(std::string_view name);

/// A template written out: the graph, and the permutations of its devices that its making makes automorphisms (shift of
/// nodes, of racks, of rails...): candidates that orbits.hpp verifies before it relies on them.
struct ExpandedTemplate {
  Topology topology;
  std::vector<std::vector<int>> symmetries{};  ///< each a permutation of device indices
};

/// `nodes` overrides the count of nodes that the template states. Throws Error naming `origin` and the key.
ExpandedTemplate expand_template(const Json& description, const std::string& origin, std::optional<int> nodes);

/// By name from the library; throws Error listing the names.
ExpandedTemplate expand_template(std::string_view name, std::optional<int> nodes);

}  // namespace muster
