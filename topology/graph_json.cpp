// SPDX-License-Identifier: Apache-2.0
// cluster.json in and out (docs/formats.md). Reading trusts nothing: every key, type, range and reference is checked.
// Links name their ends by device id, so that a person can edit the file; what is unknown is null or left out, never 0.
#include <limits>
#include <set>
#include <unordered_map>
#include <utility>

#include "core/error.hpp"
#include "core/fields.hpp"
#include "topology/graph.hpp"

namespace muster {

namespace {

constexpr std::string_view kSchema = "muster/cluster/2";
constexpr Range<int> kCount{0, std::numeric_limits<int>::max()};
constexpr Range<int> kOneOrMore{1, std::numeric_limits<int>::max()};
constexpr Range<std::uint64_t> kBytes{0, std::uint64_t{1} << 62};
/// Slower than a telegraph or faster than any machine's memory is a mistake in the unit.
constexpr Range<double> kRate{1, 1e18};
constexpr Range<double> kLatency{1e-12, 3600};

Error bad(const std::string& where, const std::string& what) { return Error(where + ": " + what); }

std::string not_empty(std::string_view text) {
  if (text.empty()) throw Error("must not be empty");
  return std::string(text);
}

// Null and a missing key both mean unknown, which is 0 inside.
double known_or_zero(Fields& fields, const std::string& key, Range<double> range) {
  if (!fields.has(key) || fields.value(key).is_null()) return 0;
  return fields.number(key, range);
}

std::string text_or_empty(Fields& fields, const std::string& key) { return fields.has(key) ? fields.text(key) : ""; }

int number_or_none(Fields& fields, const std::string& key) {
  return fields.has(key) ? fields.integer<int>(key, kCount) : -1;
}

template <typename Read>
void for_each(Fields& fields, const std::string& where, const std::string& key, Read read) {
  const Json& list = fields.value(key);
  if (!list.is_array()) throw fields.error(key, "must be a list in brackets, not " + in_quotes(list.type_name()));
  for (std::size_t i = 0; i < list.size(); ++i) read(list[i], where + ": " + key + "[" + std::to_string(i) + "]");
}

// --- out ---

Json to_json(const Host& host) {
  Json levels = Json::array();
  for (const MemoryLevel& level : host.levels) {
    levels.push_back({{"name", level.name}, {"size_bytes", level.size.value}, {"cores", level.cores}});
  }
  return {{"name", host.name},
          {"cpu_model", host.cpu_model},
          {"physical_cores", host.physical_cores},
          {"logical_cpus", host.logical_cpus},
          {"numa_nodes", host.numa_nodes},
          {"memory_bytes", host.memory.value},
          {"levels", levels}};
}

Json to_json(const Capacity& capacity) {
  MUSTER_ASSERT((capacity.line.value > 0) == (capacity.certainty != Certainty::unknown));
  Json json = {{"line_bytes_per_second", capacity.line.value > 0 ? Json(capacity.line.value) : Json(nullptr)}};
  if (capacity.usable.value > 0) json["usable_bytes_per_second"] = capacity.usable.value;
  if (capacity.measured.value > 0) json["measured_bytes_per_second"] = capacity.measured.value;
  json["certainty"] = name_of(capacity.certainty);
  json["provenance"] = capacity.provenance;
  return json;
}

Json to_json(const Capabilities& can) {
  Json words = Json::array();
  if (can.multicast) words.push_back("multicast");
  if (can.reduce) words.push_back("reduce");
  if (can.gdr) words.push_back("gdr");
  if (can.pxn) words.push_back("pxn");
  return words;
}

Json to_json(const Device& device) {
  Json json = {{"id", device.id}, {"kind", name_of(device.kind)}, {"model", device.model}};
  const auto add = [&json](const char* key, const auto& value, const auto& none) {
    if (value != none) json[key] = value;
  };
  const std::string no_text;
  add("host", device.host, no_text);
  add("enclosure", device.enclosure, no_text);
  add("index", device.index, -1);
  add("rail", device.rail, -1);
  add("tier", device.tier, -1);
  add("address", device.address, no_text);
  add("guid", device.guid, no_text);
  if (best_known(device.through).value > 0) json["through"] = to_json(device.through);
  if (device.can != Capabilities{}) json["can"] = to_json(device.can);
  return json;
}

Json to_json(const Link& link, const std::vector<Device>& devices) {
  return {{"source", devices.at(static_cast<std::size_t>(link.source)).id},
          {"target", devices.at(static_cast<std::size_t>(link.target)).id},
          {"kind", name_of(link.kind)},
          {"count", link.count},
          {"capacity", to_json(link.capacity)},
          {"latency_seconds", link.latency.value > 0 ? Json(link.latency.value) : Json(nullptr)}};
}

// --- in ---

Host host_from_json(const Json& json, const std::string& where) {
  Fields fields(json, where);
  Host host{.name = fields.word("name", not_empty),
            .cpu_model = fields.text("cpu_model"),
            .physical_cores = fields.integer<int>("physical_cores", kCount),
            .logical_cpus = fields.integer<int>("logical_cpus", kCount),
            .numa_nodes = fields.integer<int>("numa_nodes", kCount),
            .memory = {fields.integer<std::uint64_t>("memory_bytes", kBytes)}};
  for_each(fields, where, "levels", [&](const Json& item, const std::string& at) {
    Fields level(item, at);
    host.levels.push_back({level.word("name", not_empty),
                           {level.integer<std::uint64_t>("size_bytes", kBytes)},
                           level.integer<int>("cores", kOneOrMore)});
    level.finish();
  });
  fields.finish();
  return host;
}

Capacity capacity_from_json(const Json& json, const std::string& where) {
  Fields fields(json, where);
  const Capacity capacity{.line = {known_or_zero(fields, "line_bytes_per_second", kRate)},
                          .usable = {known_or_zero(fields, "usable_bytes_per_second", kRate)},
                          .measured = {known_or_zero(fields, "measured_bytes_per_second", kRate)},
                          .certainty = fields.word("certainty", parse_certainty),
                          .provenance = text_or_empty(fields, "provenance")};
  if ((capacity.line.value > 0) != (capacity.certainty != Certainty::unknown)) {
    throw bad(where, "a line rate is \"stated\" or \"assumed\", and where it is null the certainty is \"unknown\"");
  }
  fields.finish();
  return capacity;
}

Capabilities capabilities_from_json(Fields& fields, const std::string& where) {
  Capabilities can;
  for_each(fields, where, "can", [&](const Json& item, const std::string& at) {
    if (item == "multicast") {
      can.multicast = true;
    } else if (item == "reduce") {
      can.reduce = true;
    } else if (item == "gdr") {
      can.gdr = true;
    } else if (item == "pxn") {
      can.pxn = true;
    } else {
      throw bad(at, "must be \"multicast\", \"reduce\", \"gdr\" or \"pxn\"");
    }
  });
  return can;
}

Device device_from_json(const Json& json, const std::string& where) {
  Fields fields(json, where);
  Device device{.id = fields.word("id", not_empty),
                .kind = fields.word("kind", parse_device_kind),
                .model = fields.text("model"),
                .host = text_or_empty(fields, "host"),
                .enclosure = text_or_empty(fields, "enclosure"),
                .index = number_or_none(fields, "index"),
                .rail = number_or_none(fields, "rail"),
                .tier = number_or_none(fields, "tier"),
                .address = text_or_empty(fields, "address"),
                .guid = text_or_empty(fields, "guid")};
  if (fields.has("through")) device.through = capacity_from_json(fields.value("through"), where + ": through");
  if (fields.has("can")) device.can = capabilities_from_json(fields, where);
  fields.finish();
  return device;
}

using DeviceIndex = std::unordered_map<std::string, int>;

int device_named(Fields& fields, const std::string& end, const DeviceIndex& devices) {
  const std::string id = fields.text(end);
  const auto found = devices.find(id);
  if (found == devices.end()) throw fields.error(end, "names no device: " + in_quotes(id));
  return found->second;
}

Link link_from_json(const Json& json, const std::string& where, const DeviceIndex& devices) {
  Fields fields(json, where);
  const Link link{.source = device_named(fields, "source", devices),
                  .target = device_named(fields, "target", devices),
                  .kind = fields.word("kind", parse_link_kind),
                  .count = fields.has("count") ? fields.integer<int>("count", kOneOrMore) : 1,
                  .capacity = capacity_from_json(fields.value("capacity"), where + ": capacity"),
                  .latency = {known_or_zero(fields, "latency_seconds", kLatency)}};
  if (link.source == link.target) throw bad(where, "source and target are the same device");
  fields.finish();
  return link;
}

// Comes before all else: a file of another kind or version has other keys, and complaining of those would mislead.
void check_schema(const Json& json, const std::string& origin) {
  const Json schema = json.is_object() ? json.value("schema", Json(nullptr)) : Json(nullptr);
  if (schema == kSchema) return;
  throw bad(origin, "\"schema\" must be " + in_quotes(kSchema) + ", is " + schema.dump() +
                        "; make the file with `muster discover`");
}

}  // namespace

Json to_json(const Topology& topology) {
  Json hosts = Json::array();
  for (const Host& host : topology.hosts) hosts.push_back(to_json(host));
  Json devices = Json::array();
  for (const Device& device : topology.devices) devices.push_back(to_json(device));
  Json links = Json::array();
  for (const Link& link : topology.links) links.push_back(to_json(link, topology.devices));
  return {{"schema", kSchema}, {"hosts", hosts}, {"devices", devices}, {"links", links}};
}

Topology topology_from_json(const Json& json, const std::string& origin) {
  check_schema(json, origin);
  Fields fields(json, origin);
  fields.expect_schema(kSchema);
  Topology topology;
  std::set<std::string> host_names;
  for_each(fields, origin, "hosts", [&](const Json& item, const std::string& where) {
    topology.hosts.push_back(host_from_json(item, where));
    if (!host_names.insert(topology.hosts.back().name).second) {
      throw bad(where, "a second host named " + in_quotes(topology.hosts.back().name));
    }
  });
  DeviceIndex devices;
  for_each(fields, origin, "devices", [&](const Json& item, const std::string& where) {
    const int index = add_device(topology, device_from_json(item, where));
    const std::string& id = topology.devices.back().id;
    if (!devices.emplace(id, index).second) throw bad(where, "a second device with the id " + in_quotes(id));
  });
  for_each(fields, origin, "links", [&](const Json& item, const std::string& where) {
    topology.links.push_back(link_from_json(item, where, devices));
  });
  fields.finish();
  return topology;
}

}  // namespace muster
