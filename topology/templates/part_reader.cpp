// SPDX-License-Identifier: Apache-2.0
#include "topology/templates/part_reader.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "core/names.hpp"
#include "topology/hardware.hpp"

namespace muster {

namespace {

enum class Pattern { each_to_each, one_to_one, blocks, ring };
constexpr std::array<std::string_view, 4> kPatterns = {"each_to_each", "one_to_one", "blocks", "ring"};

Pattern parse_pattern(std::string_view name) { return static_cast<Pattern>(index_of_name("pattern", kPatterns, name)); }

constexpr Range<int> kCount{1, kMostPartDevices};
constexpr Seconds kLongestLatency{3600};  // as in cluster.json

std::string group_name(std::string_view name) {
  constexpr std::size_t kLongest = 32;
  const bool is_plain = std::ranges::all_of(name, [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '_' || letter == '-';
  });
  if (name.empty() || name.size() > kLongest || !is_plain) {
    throw Error("must be a short word of a-z, 0-9, - and _; it becomes part of device ids");
  }
  return std::string(name);
}

Capabilities read_capabilities(Fields& fields, const std::string& where) {
  constexpr std::array<std::string_view, 4> kWords = {"multicast", "reduce", "gdr", "pxn"};
  Capabilities can;
  const std::array<bool*, 4> flags = {&can.multicast, &can.reduce, &can.gdr, &can.pxn};
  for_each_item(fields, where, "can", [&](const Json& item, const std::string& at) {
    if (!item.is_string()) throw Error(at + ": must be a text in quotes");
    try {
      *flags.at(index_of_name("capability", kWords, item.get<std::string>())) = true;
    } catch (const Error& error) {
      throw Error(at + ": " + error.what());
    }
  });
  return can;
}

GroupTemplate read_group(const Json& json, const std::string& where, const TemplateDefaults& defaults) {
  Fields fields(json, where);
  GroupTemplate group{.name = fields.word("group", group_name),
                      .count = count_or(fields, "count", 1),
                      .device = read_make(fields, where, defaults)};
  group.device.kind = fields.word("kind", parse_device_kind);
  if (group.device.kind == DeviceKind::gpu && !defaults.gpu_model.empty()) group.device.model = defaults.gpu_model;
  group.source = text_or(fields, "source", defaults.source);
  if (fields.has("port")) group.port_rate = fields.word("port", parse_rate);
  fields.finish();
  return group;
}

const GroupTemplate& find_group(Fields& fields, const std::string& key, const PartTemplate& part) {
  const std::string name = fields.text(key);
  const auto found = std::ranges::find(part.groups, name, &GroupTemplate::name);
  if (found == part.groups.end()) throw fields.error(key, "names no group of devices: " + in_quotes(name));
  return *found;
}

using Pairs = std::vector<std::pair<int, int>>;  // numbers within the groups

int whole_number(const Json& json, int below, const std::string& where) {
  if (json.is_number_integer() && json >= 0 && json < below) return json.get<int>();
  throw Error(where + ": must be a whole number from 0 to " + std::to_string(below - 1));
}

Pairs read_pairs(Fields& fields, const std::string& where, const GroupTemplate& from, const GroupTemplate& to) {
  Pairs pairs;
  for_each_item(fields, where, "pairs", [&](const Json& item, const std::string& at) {
    if (!item.is_array() || item.size() != 2) throw Error(at + ": must be two numbers in brackets: [0, 1]");
    pairs.emplace_back(whole_number(item[0], from.count, at), whole_number(item[1], to.count, at));
  });
  return pairs;
}

Pairs each_to_each(int from, int to, bool same_group) {
  Pairs pairs;
  for (int one = 0; one < from; ++one) {
    for (int other = same_group ? one + 1 : 0; other < to; ++other) pairs.emplace_back(one, other);
  }
  return pairs;
}

// Consecutive devices of the larger group share one of the smaller.
Pairs blocks(int from, int to) {
  Pairs pairs;
  for (int i = 0; i < std::max(from, to); ++i)
    pairs.emplace_back(from >= to ? i : i * from / to, to >= from ? i : i * to / from);
  return pairs;
}

Pairs ring(int count) {
  Pairs pairs;
  for (int i = 0; i + 1 < count; ++i) pairs.emplace_back(i, i + 1);
  if (count > 2) pairs.emplace_back(count - 1, 0);
  return pairs;
}

Pairs pairs_of(Fields& fields, const std::string& where, const GroupTemplate& from, const GroupTemplate& to) {
  const bool is_same = &from == &to;
  if (fields.has("pairs")) return read_pairs(fields, where, from, to);
  const Pattern pattern = fields.has("pattern") ? fields.word("pattern", parse_pattern) : Pattern::each_to_each;
  const auto demand = [&](bool condition, const std::string& what) {
    if (!condition) throw fields.error("pattern", what);
  };
  switch (pattern) {
    case Pattern::each_to_each:
      demand(std::int64_t{from.count} * to.count <= kMostPartWires, "makes more than a million links");
      return each_to_each(from.count, to.count, is_same);
    case Pattern::ring:
      demand(is_same, "\"ring\" is for the devices of one group: \"from\" and \"to\" must be the same");
      return ring(from.count);
    case Pattern::one_to_one:
      demand(!is_same && from.count == to.count, "\"one_to_one\" needs two groups of the same count");
      return blocks(from.count, to.count);
    case Pattern::blocks:
      demand(!is_same && (from.count % to.count == 0 || to.count % from.count == 0),
             "\"blocks\" needs two groups of which one's count is a multiple of the other's");
      return blocks(from.count, to.count);
  }
  return {};
}

const GpuModel* model_of_ends(const GroupTemplate& from, const GroupTemplate& to, LinkKind kind) {
  const GroupTemplate& end = from.device.kind == DeviceKind::gpu ? from : to;
  const GpuModel* model = end.device.kind == DeviceKind::gpu ? find_gpu_model(end.device.model) : nullptr;
  return model != nullptr && model->links > 0 && model->link == kind ? model : nullptr;
}

void read_links(const Json& json, const std::string& where, PartTemplate& part, const PartTemplate* node,
                const TemplateDefaults& defaults) {
  Fields fields(json, where);
  const GroupTemplate& from = find_group(fields, "from", node == nullptr ? part : *node);
  const GroupTemplate& to = find_group(fields, "to", part);
  const LinkKind kind = fields.word("kind", parse_link_kind);
  part.links.push_back(read_cable(fields, model_of_ends(from, to, kind), defaults));
  for (const auto& [one, other] : pairs_of(fields, where, from, to)) {
    if (&from == &to && one == other) throw fields.error("pairs", "joins a device to itself");
    if (std::cmp_greater_equal(part.wires.size(), kMostPartWires)) {
      throw fields.error("from", "makes more than a million links");
    }
    part.wires.push_back({from.first + one, to.first + other, static_cast<int>(part.links.size()) - 1});
  }
  fields.finish();
}

int link_count(Fields& fields, const GpuModel* reference) {
  if (!fields.has("count") || !fields.value("count").is_string()) return count_or(fields, "count", 1);
  if (fields.text("count") != "all")
    throw fields.error("count", "must be a whole number, or \"all\" of the GPU's links");
  if (reference == nullptr)
    throw fields.error("count", "is \"all\", but the table has no links of this kind for the GPU");
  return reference->links;
}

}  // namespace

std::string text_or(Fields& fields, const std::string& key, const std::string& otherwise) {
  return fields.has(key) ? fields.text(key) : otherwise;
}

int count_or(Fields& fields, const std::string& key, int otherwise) {
  return fields.has(key) ? fields.integer<int>(key, kCount) : otherwise;
}

Device read_make(Fields& fields, const std::string& where, const TemplateDefaults& defaults) {
  Device device;
  device.model = text_or(fields, "model", "");
  const std::string source = text_or(fields, "source", defaults.source);
  if (fields.has("through")) device.through = stated_rate(fields.word("through", parse_rate), source);
  if (fields.has("can")) device.can = read_capabilities(fields, where);
  return device;
}

Link read_cable(Fields& fields, const GpuModel* reference, const TemplateDefaults& defaults) {
  Link link{.kind = fields.word("kind", parse_link_kind), .count = link_count(fields, reference)};
  const bool has_rate = fields.has("rate");
  const std::string known_source = !has_rate && reference != nullptr ? std::string(reference->source) : defaults.source;
  link.capacity.provenance = text_or(fields, "source", known_source);
  link.capacity.certainty = fields.has("certainty") ? fields.word("certainty", parse_certainty) : Certainty::stated;
  if (has_rate && fields.value("rate").is_null()) {
    link.capacity.certainty = Certainty::unknown;
  } else if (has_rate) {
    link.capacity.line = {fields.word("rate", parse_rate).value * link.count};
  } else if (reference != nullptr) {
    link.capacity.line = {reference->link_rate.value * link.count};
  } else {
    throw fields.error("rate", "is missing, and the table of GPUs has none for this kind of link; null = not known");
  }
  if (fields.has("usable")) link.capacity.usable = {fields.word("usable", parse_rate).value * link.count};
  if (link.capacity.usable > link.capacity.line) throw fields.error("usable", "is more than the line rate");
  if (fields.has("latency")) link.latency = fields.word("latency", parse_duration);
  if (link.latency > kLongestLatency) throw fields.error("latency", "is more than an hour");
  if ((link.capacity.certainty == Certainty::unknown) != (link.capacity.line.value == 0)) {
    throw fields.error("certainty", "is \"unknown\" exactly where the rate is null");
  }
  return link;
}

PartTemplate read_part(Fields& fields, const std::string& where, const PartTemplate* node,
                       const TemplateDefaults& defaults) {
  PartTemplate part;
  for_each_item(fields, where, "devices", [&](const Json& item, const std::string& at) {
    GroupTemplate group = read_group(item, at, defaults);
    if (std::ranges::find(part.groups, group.name, &GroupTemplate::name) != part.groups.end()) {
      throw Error(at + ": a second group named " + in_quotes(group.name));
    }
    group.first = part.devices();
    part.groups.push_back(std::move(group));
    if (part.devices() > kMostPartDevices) {
      throw Error(at + ": makes more than " + std::to_string(kMostPartDevices) + " devices of one node or rack");
    }
  });
  if (part.groups.empty()) throw fields.error("devices", "must not be empty");
  if (fields.has("links")) {
    for_each_item(fields, where, "links",
                  [&](const Json& item, const std::string& at) { read_links(item, at, part, node, defaults); });
  }
  fields.finish();
  return part;
}

}  // namespace muster
