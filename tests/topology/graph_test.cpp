// SPDX-License-Identifier: Apache-2.0
// cluster.json: what is written is read back, and whatever is wrong with a file is told with its place.
#include "topology/graph.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <ostream>

#include "core/error.hpp"

namespace muster {
namespace {

Topology example() {
  return {.devices = {{.id = "node0/cpu0", .kind = DeviceKind::cpu, .model = "Example CPU", .host = "node0"},
                      {.id = "node0/nic:eth0",
                       .kind = DeviceKind::nic,
                       .host = "node0",
                       .enclosure = "rack3",
                       .index = 0,
                       .rail = 4,
                       .address = "0000:18:00.0",
                       .guid = "1234abcd",
                       .can = {.gdr = true}},
                      {.id = "network",
                       .kind = DeviceKind::network_switch,
                       .tier = 1,
                       .through = stated_rate({51.2e12}, "data sheet"),
                       .can = {.multicast = true, .reduce = true}}},
          .links = {{.source = 0, .target = 1, .kind = LinkKind::pcie, .capacity = unknown_rate("hwloc")},
                    {.source = 1,
                     .target = 2,
                     .kind = LinkKind::ethernet,
                     .count = 2,
                     .capacity = {.line = {12.5e9},
                                  .usable = {12e9},
                                  .measured = {11.5e9},
                                  .certainty = Certainty::stated,
                                  .provenance = "/sys/class/net/eth0/speed"},
                     .latency = {2e-6}}},
          .hosts = {{.name = "node0",
                     .cpu_model = "Example CPU",
                     .physical_cores = 8,
                     .logical_cpus = 16,
                     .numa_nodes = 1,
                     .memory = {64ULL << 30},
                     .levels = {{"L1", {48ULL << 10}, 1}, {"DRAM", {64ULL << 30}, 8}}}}};
}

TEST(GraphJson, WhatIsWrittenIsReadBack) {
  const Topology read = topology_from_json(parse_json(to_document(to_json(example())), "cluster.json"), "cluster.json");
  ASSERT_EQ(read.devices.size(), 3u);
  EXPECT_EQ(read.devices[2].id, "network");
  EXPECT_EQ(read.devices[2].kind, DeviceKind::network_switch);
  ASSERT_EQ(read.links.size(), 2u);
  EXPECT_EQ(read.devices[2].through.line.value, 51.2e12);
  EXPECT_EQ(read.devices[2].can, (Capabilities{.multicast = true, .reduce = true}));
  EXPECT_EQ(read.links[0].capacity.certainty, Certainty::unknown);
  EXPECT_EQ(read.links[1].source, 1);
  EXPECT_EQ(read.links[1].target, 2);
  EXPECT_EQ(read.links[1].count, 2);
  EXPECT_EQ(read.links[1].capacity.line.value, 12.5e9);
  EXPECT_EQ(best_known(read.links[1].capacity).value, 11.5e9);
  EXPECT_EQ(read.links[1].latency.value, 2e-6);
  ASSERT_EQ(read.hosts.size(), 1u);
  EXPECT_EQ(read.hosts[0].levels.back().size.value, 64ULL << 30);
  EXPECT_EQ(to_document(to_json(read)), to_document(to_json(example())));
}

TEST(GraphJson, AnUnknownCapacityIsNullAndNotZero) {
  EXPECT_TRUE(to_json(example())["links"][0]["capacity"]["line_bytes_per_second"].is_null());
  EXPECT_TRUE(to_json(example())["links"][0]["latency_seconds"].is_null());
}

TEST(GraphJson, AnEmptyTopologyIsValid) {
  const Topology read = topology_from_json(to_json(Topology{}), "cluster.json");
  EXPECT_TRUE(read.devices.empty() && read.links.empty() && read.hosts.empty());
}

TEST(GraphJson, EveryNameIsReadBack) {
  for (const auto kind : {DeviceKind::gpu, DeviceKind::cpu, DeviceKind::pcisw, DeviceKind::nvswitch, DeviceKind::nic,
                          DeviceKind::network_switch}) {
    EXPECT_EQ(parse_device_kind(name_of(kind)), kind);
  }
  for (const auto kind : {LinkKind::nvlink, LinkKind::xgmi, LinkKind::c2c, LinkKind::pcie, LinkKind::smp,
                          LinkKind::infiniband, LinkKind::ethernet, LinkKind::internal}) {
    EXPECT_EQ(parse_link_kind(name_of(kind)), kind);
  }
  for (const auto certainty : {Certainty::unknown, Certainty::assumed, Certainty::stated}) {
    EXPECT_EQ(parse_certainty(name_of(certainty)), certainty);
  }
}

struct Damage {
  const char* name;
  std::function<void(Json&)> apply;
  const char* message;  // part of the error
};

// What the test's list of parameters prints.
std::ostream& operator<<(std::ostream& out, const Damage& damage) { return out << damage.name; }

class DamagedFile : public testing::TestWithParam<Damage> {};

TEST_P(DamagedFile, IsRefusedWithItsPlace) {
  Json json = to_json(example());
  GetParam().apply(json);
  try {
    topology_from_json(json, "cluster.json");
    FAIL() << "was read";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("cluster.json"));
    EXPECT_THAT(error.what(), testing::HasSubstr(GetParam().message));
  }
}

const Damage kDamages[] = {
    {"NotAnObject", [](Json& json) { json = Json::array(); }, "muster/cluster/2"},
    {"NoSchema", [](Json& json) { json.erase("schema"); }, "\"schema\" must be"},
    {"AnOlderSchema", [](Json& json) { json["schema"] = "muster/cluster/1", json["racks"] = 1; }, "muster discover"},
    {"SchemaIsANumber", [](Json& json) { json["schema"] = 1; }, "\"schema\" must be"},
    {"UnknownKeyAtTheTop", [](Json& json) { json["racks"] = 1; }, "\"racks\" is not known"},
    {"UnknownKeyInALink", [](Json& json) { json["links"][1]["speed"] = 1; }, "links[1]: \"speed\" is not known"},
    {"HostsMissing", [](Json& json) { json.erase("hosts"); }, "\"hosts\" is missing"},
    {"DevicesAreNoList", [](Json& json) { json["devices"] = "none"; }, "must be a list"},
    {"ADeviceIsNull", [](Json& json) { json["devices"][0] = nullptr; }, "devices[0]"},
    {"DeviceWithoutId", [](Json& json) { json["devices"][0]["id"] = ""; }, "\"id\" must not be empty"},
    {"DeviceIdIsANumber", [](Json& json) { json["devices"][0]["id"] = 7; }, "must be a text"},
    {"TwoDevicesOfOneId", [](Json& json) { json["devices"][1]["id"] = "network"; }, "second device"},
    {"UnknownDeviceKind", [](Json& json) { json["devices"][0]["kind"] = "tpu"; }, "device kind \"tpu\""},
    {"UnknownCapability", [](Json& json) { json["devices"][2]["can"][0] = "fly"; }, "can[0]"},
    {"NegativeRail", [](Json& json) { json["devices"][1]["rail"] = -3; }, "\"rail\" must be"},
    {"LinkToNowhere", [](Json& json) { json["links"][0]["target"] = "node9"; }, "names no device: \"node9\""},
    {"LinkToItself", [](Json& json) { json["links"][0]["target"] = "node0/cpu0"; }, "same device"},
    {"NoLinks", [](Json& json) { json["links"][0]["count"] = 0; }, "\"count\" must be"},
    {"NoCapacity", [](Json& json) { json["links"][0].erase("capacity"); }, "\"capacity\" is missing"},
    {"NegativeCapacity", [](Json& json) { json["links"][1]["capacity"]["line_bytes_per_second"] = -1.0; }, "between"},
    {"ZeroCapacity", [](Json& json) { json["links"][1]["capacity"]["usable_bytes_per_second"] = 0; }, "between"},
    {"CapacityAsText", [](Json& json) { json["links"][1]["capacity"]["line_bytes_per_second"] = "fast"; }, "a number"},
    {"RateOfNoCertainty", [](Json& json) { json["links"][1]["capacity"]["certainty"] = "unknown"; }, "\"stated\" or"},
    {"CertaintyOfNoRate", [](Json& json) { json["links"][0]["capacity"]["certainty"] = "stated"; }, "\"stated\" or"},
    {"NegativeLatency", [](Json& json) { json["links"][1]["latency_seconds"] = -1e-6; }, "\"latency_seconds\""},
    {"NegativeCores", [](Json& json) { json["hosts"][0]["physical_cores"] = -1; }, "\"physical_cores\" must be"},
    {"HugeCores", [](Json& json) { json["hosts"][0]["physical_cores"] = 1ULL << 40; }, "between 0 and 2147483647"},
    {"HalfACore", [](Json& json) { json["hosts"][0]["physical_cores"] = 0.5; }, "a whole number"},
    {"NegativeMemory", [](Json& json) { json["hosts"][0]["memory_bytes"] = -1; }, "\"memory_bytes\" must be"},
    {"LevelOfNoCore", [](Json& json) { json["hosts"][0]["levels"][0]["cores"] = 0; }, "levels[0]: \"cores\""},
    {"TwoHostsOfOneName", [](Json& json) { json["hosts"].push_back(json["hosts"][0]); }, "second host"},
};

INSTANTIATE_TEST_SUITE_P(GraphJson, DamagedFile, testing::ValuesIn(kDamages),
                         [](const auto& tested) { return tested.param.name; });

TEST(RankDevices, AreTheGpusByHostAndIndex) {
  Topology topology;
  add_device(topology, {.id = "cpu0", .kind = DeviceKind::cpu, .host = "b"});
  add_device(topology, {.id = "b1", .kind = DeviceKind::gpu, .host = "b", .index = 1});
  add_device(topology, {.id = "a0", .kind = DeviceKind::gpu, .host = "a", .index = 0});
  add_device(topology, {.id = "b0", .kind = DeviceKind::gpu, .host = "b", .index = 0});
  EXPECT_EQ(rank_devices(topology), (std::vector<int>{3, 1, 2}));
}

TEST(RankDevices, AreTheCpusWhereThereIsNoGpuAndTheNicsOfAFabricWithoutHosts) {
  Topology topology;
  add_device(topology, {.id = "leaf", .kind = DeviceKind::network_switch});
  EXPECT_TRUE(rank_devices(topology).empty());
  add_device(topology, {.id = "nic", .kind = DeviceKind::nic});
  EXPECT_EQ(rank_devices(topology), (std::vector<int>{1}));
  add_device(topology, {.id = "cpu", .kind = DeviceKind::cpu});
  EXPECT_EQ(rank_devices(topology), (std::vector<int>{2}));
}

TEST(RankDevices, AreTheProcessesInTheOrderInWhichTheyWerePlaced) {
  Topology topology;
  add_device(topology, {.id = "gpu", .kind = DeviceKind::gpu, .host = "a"});
  add_device(topology, {.id = "r0", .kind = DeviceKind::process, .host = "b"});
  add_device(topology, {.id = "r1", .kind = DeviceKind::process, .host = "a"});
  EXPECT_EQ(rank_devices(topology), (std::vector<int>{1, 2}));
}

}  // namespace
}  // namespace muster
