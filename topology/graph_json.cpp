// SPDX-License-Identifier: Apache-2.0
// cluster.json in and out (docs/formats.md). Reading trusts nothing: every key, type, range and reference is checked.
// Links name their ends by device id, so that a person can edit the file; what is unknown is null, never 0.
#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "core/error.hpp"
#include "topology/graph.hpp"

namespace muster {

namespace {

constexpr std::string_view kSchema = "muster/cluster/1";

Error bad(const std::string& where, const std::string& what) { return Error(where + ": " + what); }

// One JSON object whose keys are exactly those expected; errors name the file and the way to the key.
class ObjectReader {
 public:
  ObjectReader(const Json& json, std::string where, std::initializer_list<std::string_view> keys)
      : json_(json), where_(std::move(where)) {
    if (!json.is_object()) throw bad(where_, "must be an object, is " + std::string(json.type_name()));
    for (const auto& [key, value] : json.items()) {
      if (std::ranges::find(keys, key) == keys.end()) throw bad(where_, "unknown key " + in_quotes(key));
    }
    for (const std::string_view key : keys) {
      if (!json.contains(key)) throw bad(where_, "key " + in_quotes(key) + " is missing");
    }
  }

  const std::string& where() const { return where_; }

  std::string text(std::string_view key) const {
    const Json& value = json_.at(key);
    if (!value.is_string()) throw wrong_type(key, "a string");
    return value.get<std::string>();
  }

  std::string text_not_empty(std::string_view key) const {
    std::string value = text(key);
    if (value.empty()) throw bad(where_, in_quotes(key) + " must not be empty");
    return value;
  }

  std::uint64_t whole(std::string_view key) const {
    const Json& value = json_.at(key);
    if (!value.is_number_integer()) throw wrong_type(key, "a whole number");
    if (!value.is_number_unsigned() && value.get<std::int64_t>() < 0) {
      throw bad(where_, in_quotes(key) + " must not be negative, is " + value.dump());
    }
    return value.get<std::uint64_t>();
  }

  int count(std::string_view key, int at_least) const {
    constexpr int kAtMost = std::numeric_limits<int>::max();
    const std::uint64_t number = whole(key);
    if (std::cmp_less(number, at_least) || std::cmp_greater(number, kAtMost)) {
      throw bad(where_, in_quotes(key) + " must be from " + std::to_string(at_least) + " to " +
                            std::to_string(kAtMost) + ", is " + std::to_string(number));
    }
    return static_cast<int>(number);
  }

  // Null means unknown and gives 0; a known amount is greater than 0.
  double amount_or_unknown(std::string_view key) const {
    const Json& value = json_.at(key);
    if (value.is_null()) return 0;
    if (!value.is_number()) throw wrong_type(key, "a number or null");
    const double amount = value.get<double>();
    if (!std::isfinite(amount) || amount <= 0) {
      throw bad(where_, in_quotes(key) + " must be greater than 0 (null if unknown), is " + value.dump());
    }
    return amount;
  }

  template <typename Read>
  void for_each(std::string_view key, Read read) const {
    const Json& list = json_.at(key);
    if (!list.is_array()) throw wrong_type(key, "a list");
    for (std::size_t i = 0; i < list.size(); ++i) {
      read(list[i], where_ + ": " + std::string(key) + "[" + std::to_string(i) + "]");
    }
  }

  template <typename Parse>
  auto word(std::string_view key, Parse parse) const {
    const std::string name = text(key);
    try {
      return parse(name);
    } catch (const Error& error) {
      throw bad(where_, error.what());
    }
  }

 private:
  Error wrong_type(std::string_view key, const std::string& wanted) const {
    return bad(where_, in_quotes(key) + " must be " + wanted + ", is " + std::string(json_.at(key).type_name()));
  }

  const Json& json_;
  std::string where_;
};

Json amount_or_null(double amount) { return amount > 0 ? Json(amount) : Json(nullptr); }

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

Json to_json(const Link& link, const std::vector<Device>& devices) {
  MUSTER_ASSERT((link.capacity.value > 0) == (link.capacity_source != CapacitySource::unknown));
  return {{"source", devices.at(static_cast<std::size_t>(link.source)).id},
          {"target", devices.at(static_cast<std::size_t>(link.target)).id},
          {"kind", name_of(link.kind)},
          {"capacity_bytes_per_second", amount_or_null(link.capacity.value)},
          {"capacity_source", name_of(link.capacity_source)},
          {"latency_seconds", amount_or_null(link.latency.value)},
          {"provenance", link.provenance}};
}

Host host_from_json(const Json& json, const std::string& where) {
  const ObjectReader reader(
      json, where, {"name", "cpu_model", "physical_cores", "logical_cpus", "numa_nodes", "memory_bytes", "levels"});
  Host host{.name = reader.text_not_empty("name"),
            .cpu_model = reader.text("cpu_model"),
            .physical_cores = reader.count("physical_cores", 0),
            .logical_cpus = reader.count("logical_cpus", 0),
            .numa_nodes = reader.count("numa_nodes", 0),
            .memory = {reader.whole("memory_bytes")},
            .levels = {}};
  reader.for_each("levels", [&](const Json& item, const std::string& at) {
    const ObjectReader level(item, at, {"name", "size_bytes", "cores"});
    host.levels.push_back({level.text_not_empty("name"), {level.whole("size_bytes")}, level.count("cores", 1)});
  });
  return host;
}

Device device_from_json(const Json& json, const std::string& where) {
  const ObjectReader reader(json, where, {"id", "kind", "model"});
  return {reader.text_not_empty("id"), reader.word("kind", parse_device_kind), reader.text("model")};
}

using DeviceIndex = std::map<std::string, int>;

int index_of(const ObjectReader& reader, std::string_view end, const DeviceIndex& devices) {
  const std::string id = reader.text(end);
  const auto found = devices.find(id);
  if (found == devices.end()) throw bad(reader.where(), in_quotes(end) + " names no device: " + in_quotes(id));
  return found->second;
}

Link link_from_json(const Json& json, const std::string& where, const DeviceIndex& devices) {
  const ObjectReader reader(
      json, where,
      {"source", "target", "kind", "capacity_bytes_per_second", "capacity_source", "latency_seconds", "provenance"});
  Link link{.source = index_of(reader, "source", devices),
            .target = index_of(reader, "target", devices),
            .kind = reader.word("kind", parse_link_kind),
            .capacity = {reader.amount_or_unknown("capacity_bytes_per_second")},
            .latency = {reader.amount_or_unknown("latency_seconds")},
            .capacity_source = reader.word("capacity_source", parse_capacity_source),
            .provenance = reader.text("provenance")};
  if (link.source == link.target) throw bad(where, "source and target are the same device");
  if ((link.capacity.value > 0) != (link.capacity_source != CapacitySource::unknown)) {
    throw bad(where, "a capacity needs a source other than \"unknown\", and an unknown one must be null");
  }
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
  for (const Device& device : topology.devices) {
    devices.push_back({{"id", device.id}, {"kind", name_of(device.kind)}, {"model", device.model}});
  }
  Json links = Json::array();
  for (const Link& link : topology.links) links.push_back(to_json(link, topology.devices));
  return {{"schema", kSchema}, {"hosts", hosts}, {"devices", devices}, {"links", links}};
}

Topology topology_from_json(const Json& json, const std::string& origin) {
  check_schema(json, origin);
  const ObjectReader reader(json, origin, {"schema", "hosts", "devices", "links"});
  Topology topology;
  std::set<std::string> host_names;
  reader.for_each("hosts", [&](const Json& item, const std::string& where) {
    topology.hosts.push_back(host_from_json(item, where));
    if (!host_names.insert(topology.hosts.back().name).second) {
      throw bad(where, "a second host named " + in_quotes(topology.hosts.back().name));
    }
  });
  DeviceIndex devices;
  reader.for_each("devices", [&](const Json& item, const std::string& where) {
    topology.devices.push_back(device_from_json(item, where));
    const std::string& id = topology.devices.back().id;
    if (!devices.emplace(id, static_cast<int>(devices.size())).second) {
      throw bad(where, "a second device with the id " + in_quotes(id));
    }
  });
  reader.for_each("links", [&](const Json& item, const std::string& where) {
    topology.links.push_back(link_from_json(item, where, devices));
  });
  return topology;
}

}  // namespace muster
