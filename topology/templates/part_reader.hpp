// SPDX-License-Identifier: Apache-2.0
// Reads what nodes and racks are made of: groups of devices and the patterns in which they are wired.
#pragma once

#include <string>

#include "core/fields.hpp"
#include "topology/hardware.hpp"
#include "topology/templates/description.hpp"

namespace muster {

/// What holds for all of a template unless a line says otherwise.
struct TemplateDefaults {
  std::string source;     ///< provenance of numbers that name none
  std::string gpu_model;  ///< in place of the GPU models that groups state; empty = as they state
};

/// Calls read(item, where of the item) for each member of the list. The error of a list that is none names the key.
template <typename Read>
void for_each_item(Fields& fields, const std::string& where, const std::string& key, Read read) {
  const Json& list = fields.value(key);
  if (!list.is_array()) throw fields.error(key, "must be a list in brackets, not " + in_quotes(list.type_name()));
  for (std::size_t i = 0; i < list.size(); ++i) read(list[i], where + ": " + key + "[" + std::to_string(i) + "]");
}

std::string text_or(Fields& fields, const std::string& key, const std::string& otherwise);
int count_or(Fields& fields, const std::string& key, int otherwise);

/// "model", "through", "can" and "source" of a device.
Device read_make(Fields& fields, const std::string& where, const TemplateDefaults& defaults);

/// "kind", "rate", "usable", "count", "latency", "source" and "certainty". `reference` has the rate of one link where
/// the line leaves it out.
Link read_cable(Fields& fields, const GpuModel* reference, const TemplateDefaults& defaults);

/// `node` is nullptr for the node itself; for a rack it is the node, whose groups its links may name in "from".
PartTemplate read_part(Fields& fields, const std::string& where, const PartTemplate* node,
                       const TemplateDefaults& defaults);

/// Devices of a node or a rack, and wires of either. Far above any machine; they bound what a file can ask for.
inline constexpr int kMostPartDevices = 1 << 14;
inline constexpr std::int64_t kMostPartWires = 1 << 20;

}  // namespace muster
