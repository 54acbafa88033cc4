// SPDX-License-Identifier: Apache-2.0
// JSON of other tools: NetQ, TACCL and Mooncake.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/error.hpp"
#include "tests/topology/graph_queries.hpp"
#include "tests/topology/text_fixtures.hpp"
#include "topology/readers/formats.hpp"

namespace muster {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

template <typename Read>
std::string refusal(Read reader, const std::string& text) {
  try {
    reader({.text = text, .origin = "a.json"});
    return "read";
  } catch (const Error& error) {
    return error.what();
  }
}

Imported read(Imported (*reader)(const ReadRequest&), std::string_view text, const std::string& model = "") {
  return reader({.text = text, .origin = "a.json", .gpu_model = model});
}

std::string replaced(std::string_view original, const std::string& from, const std::string& to) {
  std::string text(original);
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

const Link& link_between(const Topology& topology, const std::string& source, const std::string& target) {
  return *std::ranges::find_if(topology.links, [&](const Link& link) {
    return link.source == index_of(topology, source) && link.target == index_of(topology, target);
  });
}

const Device& device(const Topology& topology, const std::string& id) {
  return topology.devices.at(static_cast<std::size_t>(index_of(topology, id)));
}

TEST(Netq, ReadsSwitchesAndAnAdapterForEachInterface) {
  const Imported graph = read(read_netq, fixtures::kNetqGraph);
  EXPECT_THAT(graph.findings, ElementsAre(Field(&Finding::code, "rates_unknown")));
  EXPECT_EQ(count_of(graph.topology, DeviceKind::network_switch), 2);
  EXPECT_EQ(count_of(graph.topology, DeviceKind::nic), 2);
  EXPECT_EQ(device(graph.topology, "leaf1").tier, 0);
  EXPECT_EQ(device(graph.topology, "node1/nic:ens2").host, "node1");
  EXPECT_EQ(link_between(graph.topology, "leaf1", "spine1").count, 2);
}

TEST(Netq, ReadsTheGpusOfAnNvlinkDomain) {
  const Imported unnamed = read(read_netq, fixtures::kNetqDomains);
  EXPECT_THAT(unnamed.findings, ElementsAre(Field(&Finding::code, "nvlink_rate_unknown")));
  EXPECT_EQ(count_of(unnamed.topology, DeviceKind::gpu), 8);
  EXPECT_EQ(device(unnamed.topology, "tray2/gpu3").enclosure, "d1");
  const Imported named = read(read_netq, fixtures::kNetqDomains, "GB200");
  EXPECT_THAT(named.findings, IsEmpty());
  EXPECT_EQ(rate_between(named.topology, "tray1/gpu0", "nvswitch:d1"), 900e9);
}

TEST(Netq, RefusesLinksToNowhere) {
  EXPECT_THAT(
      refusal(read_netq, replaced(fixtures::kNetqGraph, R"("node": "h1")", R"("node": "h9")")),
      HasSubstr("a.json[0]: links[0]: compounded_links[0]: interfaces[1]: \"node\" names no node of the graph"));
  EXPECT_THAT(refusal(read_netq, replaced(fixtures::kNetqGraph, R"("id": "s2")", R"("id": "s1")")),
              HasSubstr("\"id\" is given to two nodes"));
  EXPECT_THAT(refusal(read_netq, R"([{"links": [], "nodes": []}])"), HasSubstr("the graph has no node"));
  EXPECT_THAT(refusal(read_netq, R"({"links": []})"), HasSubstr("a.json must be a list in brackets"));
}

TEST(Taccl, ReadsASwitchAndNicsWithRatesAndLatencies) {
  const Imported machine = read(read_taccl, fixtures::kTaccl);
  EXPECT_THAT(machine.findings, IsEmpty());
  EXPECT_EQ(count_of(machine.topology, DeviceKind::gpu), 4);
  EXPECT_EQ(rate_between(machine.topology, "gpu3", "nvswitch0"), 125e9) << "8 us for 1 MB";
  EXPECT_EQ(rate_between(machine.topology, "nic:1", "network"), 12.5e9) << "80 us for 1 MB";
  EXPECT_DOUBLE_EQ(link_between(machine.topology, "gpu0", "nvswitch0").latency.value, 0.25e-6);
  EXPECT_EQ(link_between(machine.topology, "gpu3", "nic:1").kind, LinkKind::pcie);
}

TEST(Taccl, KnowsTheWiringOfNdv2) {
  const std::string text =
      replaced(replaced(fixtures::kTaccl, "\"gpus_per_node\": 4", "\"gpus_per_node\": 8"), "[8]", "[20, 40]");
  const Topology graph = read(read_taccl, text).topology;
  EXPECT_EQ(rate_between(graph, "gpu0", "gpu1"), 50e9);
  EXPECT_EQ(rate_between(graph, "gpu0", "gpu2"), 25e9);
  EXPECT_EQ(rate_between(graph, "gpu0", "gpu5"), 0);
  for (int gpu = 0; gpu < 8; ++gpu) {
    int links = 0;
    for (const Link& link : graph.links) links += link.source == gpu && link.kind == LinkKind::nvlink ? link.count : 0;
    EXPECT_EQ(links, 6) << gpu;
  }
}

TEST(Taccl, ReadsMatricesByTargetAndSource) {
  const Topology graph = read(read_taccl, fixtures::kTacclMatrix).topology;
  EXPECT_EQ(rate_between(graph, "gpu1", "gpu0"), 50e9);
  EXPECT_EQ(rate_between(graph, "gpu0", "gpu1"), 25e9);
}

TEST(Taccl, DoesNotTakeScaledTimesForRates) {
  const Imported machine = read(read_taccl, replaced(fixtures::kTaccl, "\"alpha\": 0.5", "\"alpha\": 50"));
  EXPECT_THAT(machine.findings, ElementsAre(Field(&Finding::code, "scaled_times")));
  EXPECT_EQ(rate_between(machine.topology, "gpu3", "nvswitch0"), 0);
}

TEST(Taccl, RefusesUnknownWiringAndBrokenMatrices) {
  EXPECT_THAT(refusal(read_taccl, replaced(fixtures::kTaccl, "[8]", "[8, 16]")),
              HasSubstr("fits no wiring that the planner knows"));
  EXPECT_THAT(refusal(read_taccl, replaced(fixtures::kTacclMatrix, "[1, 0]]", "[1]]")),
              HasSubstr("\"links\" must have"));
  EXPECT_THAT(refusal(read_taccl, replaced(fixtures::kTaccl, ": 4", ": 4000000")),
              HasSubstr("\"gpus_per_node\" must be"));
  EXPECT_THAT(refusal(read_taccl, replaced(fixtures::kTaccl, "[8]", "[\"8\"]")),
              HasSubstr("node_betas_list[0] must be a number"));
  EXPECT_FALSE(is_taccl(R"({"nnodes": 1, "intranode_sketch": {"strategy": "none"}})"));
}

TEST(Mooncake, GivesEachNicTheBestThatItsPairsDid) {
  const Imported machine = read(read_mooncake, fixtures::kMooncake);
  const Topology& graph = machine.topology;
  EXPECT_THAT(machine.findings, Contains(Field(&Finding::code, "measured_only")));
  EXPECT_EQ(link_between(graph, "a/nic:mlx5_0", "network").capacity.measured.value, 24e9);
  EXPECT_EQ(link_between(graph, "network", "b/nic:mlx5_0").capacity.measured.value, 20000.5e6);
  EXPECT_EQ(link_between(graph, "network", "a/nic:mlx5_0").capacity.measured.value, 0) << "nothing was sent that way";
  EXPECT_EQ(link_between(graph, "a/nic:mlx5_0", "network").capacity.line.value, 0);
  EXPECT_DOUBLE_EQ(link_between(graph, "a/nic:mlx5_0", "network").latency.value, 3e-6);
  EXPECT_EQ(count_of(graph, DeviceKind::cpu), 2);
  EXPECT_THAT(refusal(read_mooncake, "[]"), HasSubstr("nothing was measured"));
  EXPECT_THAT(refusal(read_mooncake, replaced(fixtures::kMooncake, "20000.5", "-1")),
              HasSubstr("\"bandwidth\" must be a number"));
}

TEST(JsonFormats, AreToldApart) {
  EXPECT_TRUE(is_netq(fixtures::kNetqGraph));
  EXPECT_TRUE(is_netq(fixtures::kNetqDomains));
  EXPECT_FALSE(is_netq(fixtures::kMooncake));
  EXPECT_TRUE(is_mooncake(fixtures::kMooncake));
  EXPECT_FALSE(is_mooncake(fixtures::kNetqGraph));
  EXPECT_TRUE(is_taccl(fixtures::kTaccl));
  EXPECT_TRUE(is_taccl(fixtures::kTacclMatrix));
  EXPECT_FALSE(is_taccl(fixtures::kNetloc));
}

}  // namespace
}  // namespace muster
