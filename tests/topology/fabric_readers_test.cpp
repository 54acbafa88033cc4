// SPDX-License-Identifier: Apache-2.0
// InfiniBand fabrics as ibnetdiscover (both styles), ibsim and netloc write them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "tests/topology/graph_queries.hpp"
#include "tests/topology/text_fixtures.hpp"
#include "topology/readers/fabric.hpp"
#include "topology/readers/fabric_names.hpp"
#include "topology/readers/formats.hpp"
#include "topology/readers/text.hpp"

namespace muster {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

Imported read(std::string_view text) { return read_ibnetdiscover({.text = text, .origin = "ib.txt"}); }

template <typename Read>
std::string refusal(Read reader, std::string_view text) {
  try {
    reader({.text = text, .origin = "ib.txt"});
    return "read";
  } catch (const Error& error) {
    return error.what();
  }
}

const Device& device(const Topology& topology, const std::string& id) {
  return topology.devices.at(static_cast<std::size_t>(index_of(topology, id)));
}

std::string replaced_all(std::string text, const std::string& from, const std::string& to) {
  EXPECT_NE(text.find(from), std::string::npos) << from;
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

std::string replaced_first(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Ibnetdiscover, MakesSwitchesNicsAndHosts) {
  const Imported fabric = read(fixtures::kFabric);
  const Topology& graph = fabric.topology;
  EXPECT_THAT(fabric.findings, IsEmpty());
  EXPECT_EQ(count_of(graph, DeviceKind::network_switch), 3);
  EXPECT_EQ(count_of(graph, DeviceKind::nic), 4) << "an aggregation node is no NIC";
  EXPECT_EQ(graph.hosts.size(), 2U);
  EXPECT_EQ(device(graph, "node1/nic:mlx5_1").host, "node1");
  EXPECT_EQ(device(graph, "node1/nic:mlx5_1").guid, "0000000000000b11");
  EXPECT_EQ(device(graph, "node1/nic:mlx5_1").index, 1);
  EXPECT_EQ(device(graph, "leaf0").model, "MQM9700");
}

TEST(Ibnetdiscover, CountsEachCableOnceAndJoinsParallelOnes) {
  const Topology graph = read(fixtures::kFabric).topology;
  EXPECT_EQ(rate_between(graph, "node1/nic:mlx5_0", "leaf0"), 50e9);
  EXPECT_EQ(rate_between(graph, "leaf0", "node1/nic:mlx5_0"), 50e9);
  EXPECT_EQ(rate_between(graph, "leaf0", "spine0"), 100e9);
  EXPECT_EQ(graph.links.size(), 2U * (4 + 2));
}

TEST(Ibnetdiscover, DerivesTiersRailsAndReduction) {
  const Topology graph = read(fixtures::kFabric).topology;
  EXPECT_EQ(device(graph, "leaf0").tier, 0);
  EXPECT_EQ(device(graph, "spine0").tier, 1);
  EXPECT_EQ(device(graph, "leaf1").rail, 1);
  EXPECT_EQ(device(graph, "node2/nic:mlx5_1").rail, 1);
  EXPECT_EQ(device(graph, "spine0").rail, -1);
  EXPECT_TRUE(device(graph, "leaf0").can.reduce);
  EXPECT_FALSE(device(graph, "leaf1").can.reduce);
}

TEST(Ibnetdiscover, SeesNoRailsWhereALeafMixesAdapters) {
  const Topology graph = read(replaced_all(std::string(fixtures::kFabric), "node2 mlx5_1", "node2 mlx5_7")).topology;
  EXPECT_EQ(device(graph, "leaf0").rail, -1);
  EXPECT_EQ(device(graph, "leaf1").rail, -1);
}

TEST(Ibnetdiscover, TellsOfCablesThatOneEndDoesNotSee) {
  const std::string text(fixtures::kFabric.substr(0, fixtures::kFabric.find("caguid=0xb21")));
  const Imported cut = read(text);
  EXPECT_THAT(cut.findings, Contains(AllOf(Field(&Finding::code, "one_sided_cable"),
                                           Field(&Finding::meaning, HasSubstr("has no entry, so the file was cut")),
                                           Field(&Finding::devices, ElementsAre("leaf1", "node2/nic:mlx5_1")))));
  EXPECT_EQ(rate_between(cut.topology, "node2/nic:mlx5_1", "leaf1"), 50e9);
}

TEST(Ibnetdiscover, TellsOfHalfDeadCables) {
  std::string text(fixtures::kFabric);
  text = replaced_first(text, "\"node2 mlx5_1\" lid 14 4xNDR", "\"node2 mlx5_1\" lid 14 2xNDR");
  const Imported uneven = read(text);
  EXPECT_THAT(uneven.findings, Contains(Field(&Finding::code, "uneven_cable")));
  EXPECT_EQ(rate_between(uneven.topology, "node2/nic:mlx5_1", "leaf1"), 25e9);

  std::string slow(fixtures::kFabric);
  slow = replaced_first(slow, "[34]\t\"S-00000000000000c0\"[2]\t\t# \"MF0;spine0:MQM9700/U1\" lid 5 4xNDR",
                        "[34]\t\"S-00000000000000c0\"[2]\t\t# \"MF0;spine0:MQM9700/U1\" lid 5 2xNDR");
  slow = replaced_first(slow, "[34]\t\t# \"MF0;leaf0:MQM9700/U1\" lid 3 4xNDR",
                        "[34]\t\t# \"MF0;leaf0:MQM9700/U1\" lid 3 2xNDR");
  const Imported half = read(slow);
  EXPECT_THAT(half.findings, Contains(AllOf(Field(&Finding::code, "slow_cable"),
                                            Field(&Finding::meaning, HasSubstr("at 2xNDR, 50 % of what most")))));
  EXPECT_EQ(rate_between(half.topology, "leaf0", "spine0"), 75e9);
}

TEST(Ibnetdiscover, LeavesOutACableBetweenTwoPortsOfOneSwitch) {
  const Imported fabric = read(
      "Switch 8 \"S-a\"\n[1] \"S-a\"[2] # \"\" lid 1 4xHDR\n[2] \"S-a\"[1] # \"\" lid 1 4xHDR\n"
      "[3] \"H-b\"[1] # \"node1 mlx5_0\" lid 2 4xHDR\n\nCa 1 \"H-b\"\n[1] \"S-a\"[3] # \"\" lid 1 4xHDR\n");
  EXPECT_THAT(fabric.findings, ElementsAre(Field(&Finding::code, "loop_cable")));
  EXPECT_EQ(fabric.topology.links.size(), 2U);
}

TEST(Ibnetdiscover, TellsOfAPortWithTwoCables) {
  EXPECT_THAT(
      read(replaced_first(std::string(fixtures::kFabric), "[2]\t\"H-0000000000000b20\"", "[1]\t\"H-0000000000000b20\""))
          .findings,
      Contains(AllOf(Field(&Finding::code, "port_used_twice"),
                     Field(&Finding::meaning, HasSubstr("port 1 of \"MF0;leaf0:MQM9700/U1\"")))));
}

TEST(Ibnetdiscover, KeepsHostsWithoutANameApart) {
  std::string text =
      replaced_all(std::string(fixtures::kFabric), "node1 mlx5_0", "MT4129 ConnectX7   Mellanox Technologies");
  text = replaced_all(text, "node2 mlx5_0", "localhost HCA-1");
  const Topology graph = read(text).topology;
  EXPECT_EQ(device(graph, "unnamed:0000000000000b10/nic:0000000000000b10").host, "unnamed:0000000000000b10");
  EXPECT_EQ(device(graph, "unnamed:0000000000000b20/nic:0000000000000b20").host, "unnamed:0000000000000b20");
}

TEST(Ibnetdiscover, ReadsTheFullStyleAndNetFilesOfIbsim) {
  const std::string full = replaced_all(std::string(fixtures::kFabric), "4xNDR", "4xNDR s=4 w=2 v=5 e=8");
  EXPECT_EQ(to_json(read(full).topology)["devices"], to_json(read(fixtures::kFabric).topology)["devices"]);
  EXPECT_EQ(rate_between(read(full).topology, "node1/nic:mlx5_0", "leaf0"), 50e9);
  const Imported net = read(
      "# by hand\nSwitch\t8 \"Switch1\"\n[1]\t\"Hca1\"[1]\tw=4\n[4]\t\"Hca2\"[1]\n\nHca\t2 "
      "\"Hca1\"\n[1]\t\"Switch1\"[1]\tw=4\n\n"
      "Hca\t2 \"Hca2\"\n[1]\t\"Switch1\"[4]\n");
  EXPECT_THAT(net.findings, IsEmpty());
  EXPECT_EQ(count_of(net.topology, DeviceKind::network_switch), 1);
  EXPECT_EQ(count_of(net.topology, DeviceKind::nic), 2);
}

TEST(Ibnetdiscover, RefusesWhatNoFabricIs) {
  EXPECT_EQ(refusal(read_ibnetdiscover, "caguid=0xb\nCa\t1 \"H-b\"\t\t# \"node1 HCA-1\"\n"),
            "ib.txt:2: there is not one cable; give the whole output of ibnetdiscover, run as root");
  EXPECT_THAT(refusal(read_ibnetdiscover, "[1]\t\"H-b\"[1]\n"), HasSubstr("ib.txt:1: a port before any node"));
  EXPECT_THAT(refusal(read_ibnetdiscover, "Switch 8 \"S-a\"\n[1] nonsense\n"),
              HasSubstr("ib.txt:2: expected [port] \"peer\"[port]"));
  EXPECT_THAT(refusal(read_ibnetdiscover, "Switch 8 \"S-a\"\n[1] \"S-a\"[1]\n"),
              HasSubstr("ib.txt:2: the port leads to itself"));
  EXPECT_THAT(refusal(read_ibnetdiscover, "Switch 8 \"S-a\"\n[1] \"H-a\"[2]\n"),
              HasSubstr("is a switch here and an adapter elsewhere"));
}

TEST(IbnetdiscoverPorts, ReadsCablesBetweenProgressLines) {
  const Imported fabric = read_ibnetdiscover_ports({.text = fixtures::kFabricPorts, .origin = "ib.txt"});
  EXPECT_THAT(fabric.findings, IsEmpty());
  EXPECT_EQ(count_of(fabric.topology, DeviceKind::network_switch), 1);
  EXPECT_EQ(count_of(fabric.topology, DeviceKind::nic), 2);
  EXPECT_EQ(rate_between(fabric.topology, "node1/nic:HCA-1", "leaf 0"), 4e9) << "4 x 10 Gb/s less 8b/10b";
}

TEST(IbnetdiscoverPorts, RefusesALineThatWasCut) {
  EXPECT_THAT(
      refusal(read_ibnetdiscover_ports, fixtures::kFabricPorts.substr(0, fixtures::kFabricPorts.rfind("0x") - 5)),
      HasSubstr("ib.txt:6: expected \"CA lid port guid 4x NDR - SW lid port guid\""));
  EXPECT_THAT(refusal(read_ibnetdiscover_ports, "DR path slid 0; dlid 0; 0 -> new Switch {00a0}\n"),
              HasSubstr("not one cable"));
}

TEST(Netloc, ReadsNodesAndEdges) {
  const Imported fabric = read_netloc({.text = fixtures::kNetloc, .origin = "ib.ndat"});
  EXPECT_THAT(fabric.findings, IsEmpty());
  EXPECT_EQ(device(fabric.topology, "node1/nic:HCA-1").guid, "0000000000000b10");
  EXPECT_EQ(rate_between(fabric.topology, "leaf0", "node1/nic:HCA-1"), 6818181818) << "54.5 Gb/s, whole bytes";
  EXPECT_THAT(refusal(read_netloc, R"({"node_info": {}, "edge_info": {}})"), HasSubstr("not one cable"));
  EXPECT_THAT(refusal(read_netloc, R"({"node_info": []})"), HasSubstr("\"node_info\" must be an object in braces"));
}

TEST(FabricFormats, AreToldApart) {
  EXPECT_TRUE(is_ibnetdiscover(fixtures::kFabric));
  EXPECT_FALSE(is_ibnetdiscover_ports(fixtures::kFabric));
  EXPECT_TRUE(is_ibnetdiscover_ports(fixtures::kFabricPorts));
  EXPECT_FALSE(is_ibnetdiscover(fixtures::kFabricPorts));
  EXPECT_TRUE(is_netloc(fixtures::kNetloc));
  EXPECT_FALSE(is_ibnetdiscover(fixtures::kSlurm));
}

TEST(FabricRates, AreLessTheLineCode) {
  const auto gigabits = [](int lanes, const char* speed) { return infiniband_rate({lanes, speed})->value * 8 / 1e9; };
  EXPECT_DOUBLE_EQ(gigabits(4, "SDR"), 8);
  EXPECT_DOUBLE_EQ(gigabits(4, "QDR"), 32);
  EXPECT_NEAR(gigabits(4, "FDR"), 54.545, 0.001);
  EXPECT_DOUBLE_EQ(gigabits(4, "FDR10"), 40);
  EXPECT_DOUBLE_EQ(gigabits(4, "EDR"), 100);
  EXPECT_DOUBLE_EQ(gigabits(4, "HDR"), 200);
  EXPECT_DOUBLE_EQ(gigabits(2, "NDR"), 200);
  EXPECT_DOUBLE_EQ(gigabits(4, "XDR"), 800);
  EXPECT_FALSE(infiniband_rate({4, "???"}));
  EXPECT_FALSE(parse_fabric_rate("64xNDR"));
  EXPECT_FALSE(parse_fabric_rate("xNDR"));
}

TEST(FabricNames, AreTakenApart) {
  EXPECT_EQ(parse_adapter_name("node3 mlx5_2")->index, 2);
  EXPECT_EQ(parse_adapter_name(" node3  HCA-6 ")->index, 5);
  EXPECT_FALSE(parse_adapter_name("node3 HCA-0"));
  EXPECT_FALSE(parse_adapter_name("node3"));
  EXPECT_FALSE(parse_adapter_name("localhost HCA-1"));
  EXPECT_FALSE(parse_adapter_name("MT4129 ConnectX7   Mellanox Technologies"));
  EXPECT_EQ(parse_switch_name("MF0;leaf4:MQM9700/U2").name, "leaf4/U2");
  EXPECT_EQ(parse_switch_name("Infiniscale-IV Mellanox Technologies").name, "");
  EXPECT_EQ(normal_guid("0x0002:C903:0006:DC31"), "0002c9030006dc31");
  EXPECT_EQ(normal_guid("0x0000000000000000"), "");
}

}  // namespace
}  // namespace muster
