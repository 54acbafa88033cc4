// SPDX-License-Identifier: Apache-2.0
// The library of templates: each expands to a machine with the parts and rates of its data sheet, and its symmetries
// are automorphisms for any number of nodes.
#include "topology/templates.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <set>
#include <string>

#include "core/error.hpp"
#include "tests/topology/graph_queries.hpp"

namespace muster {
namespace {

class LibraryTemplate : public testing::TestWithParam<TemplateText> {};

TEST_P(LibraryTemplate, ExpandsToAGraphWithUniqueIdsAndSources) {
  const Topology topology = expand_template(GetParam().name, std::nullopt).topology;
  std::set<std::string> ids;
  for (const Device& device : topology.devices) EXPECT_TRUE(ids.insert(device.id).second) << device.id;
  EXPECT_GT(count_of(topology, DeviceKind::gpu), 0);
  for (const Link& link : topology.links) {
    ASSERT_NE(link.source, link.target);
    ASSERT_FALSE(link.capacity.provenance.empty());
  }
  const Json json = to_json(topology);
  EXPECT_EQ(to_json(topology_from_json(json, "cluster.json")), json);
}

TEST_P(LibraryTemplate, HasSymmetriesThatAreAutomorphismsForAnyNumberOfNodes) {
  const bool is_grid = library_template(GetParam().name)["fabric"].is_object() &&
                       library_template(GetParam().name)["fabric"]["kind"] == "torus";
  for (const int nodes : {1, 2, 3, 7, 18, 20, 33, 70, 100}) {
    if (is_grid && nodes > 1) break;
    const ExpandedTemplate expanded = expand_template(GetParam().name, is_grid ? std::nullopt : std::optional(nodes));
    EXPECT_LE(expanded.symmetries.size(), 32u);
    for (const auto& permutation : expanded.symmetries) {
      ASSERT_TRUE(is_automorphism(expanded.topology, permutation)) << nodes << " nodes";
    }
  }
}

TEST_P(LibraryTemplate, StatesItsNameAndASummaryOfOneLine) {
  const Json json = library_template(GetParam().name);
  EXPECT_EQ(json["name"], GetParam().name);
  EXPECT_FALSE(json["summary"].get<std::string>().empty());
  EXPECT_FALSE(json["source"].get<std::string>().empty());
}

std::string name_of_template(const testing::TestParamInfo<TemplateText>& tested) {
  std::string name(tested.param.name);
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Templates, LibraryTemplate, testing::ValuesIn(template_library()), name_of_template);

TEST(TemplateLibrary, IsSortedAndHasTheMachinesPeopleBuy) {
  EXPECT_TRUE(std::ranges::is_sorted(template_library(), {}, &TemplateText::name));
  for (const auto* name :
       {"dgx-1v",      "dgx-2",        "dgx-a100",    "dgx-h100",        "dgx-h200",           "dgx-b200",
        "dgx-b300",    "gb200-nvl72",  "gb300-nvl72", "mi250x",          "mi300x-8",           "mi355x-8",
        "aws-p4d",     "aws-p5",       "aws-p5en",    "aws-p6-b200",     "azure-nd-a100-v4",   "azure-nd-h100-v5",
        "gcp-a3-mega", "gcp-a3-ultra", "gcp-a4",      "oci-bm-gpu-h100", "rail-optimized-ndr", "fat-tree-ndr",
        "dragonfly",   "torus-3d"}) {
    EXPECT_NO_THROW(library_template(name)) << name;
  }
}

TEST(TemplateLibrary, AnUnknownNameIsAnErrorThatListsTheNames) {
  try {
    expand_template("dgx-h1000", std::nullopt);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr("\"dgx-h1000\""), testing::HasSubstr("dgx-h100,")));
  }
}

struct Inventory {
  std::string name;
  int nodes;
  int gpus;
  int nics;
  double scale_up;  // GB/s per GPU and direction
  double network;   // GB/s per node and direction
};
void PrintTo(const Inventory& inventory, std::ostream* out) { *out << inventory.name; }

class Machine : public testing::TestWithParam<Inventory> {};

TEST_P(Machine, HasThePartsAndRatesOfItsDataSheet) {
  const auto& [name, nodes, gpus, nics, scale_up, network] = GetParam();
  const Topology topology = expand_template(name, nodes).topology;
  EXPECT_EQ(count_of(topology, DeviceKind::gpu), gpus);
  EXPECT_EQ(count_of(topology, DeviceKind::nic), nics);
  std::map<std::string, double> of_node;
  double of_gpus = 0;
  for (const Link& link : topology.links) {
    const Device& source = topology.devices[static_cast<std::size_t>(link.source)];
    const Device& target = topology.devices[static_cast<std::size_t>(link.target)];
    const bool is_inside = target.kind == DeviceKind::gpu || target.kind == DeviceKind::nvswitch;
    if (source.kind == DeviceKind::gpu && is_inside) of_gpus += link.capacity.line.value;
    if (source.kind == DeviceKind::nic && target.kind == DeviceKind::network_switch) {
      of_node[source.host] += link.capacity.line.value;
    }
  }
  EXPECT_DOUBLE_EQ(of_gpus / gpus / 1e9, scale_up);
  for (const auto& [host, rate] : of_node) EXPECT_DOUBLE_EQ(rate / 1e9, network) << host;
}

const Inventory kInventories[] = {{"dgx-1v", 1, 8, 4, 150, 50},           {"dgx-2", 1, 16, 8, 150, 100},
                                  {"dgx-a100", 2, 16, 16, 300, 200},      {"dgx-h100", 4, 32, 32, 450, 400},
                                  {"dgx-b200", 1, 8, 8, 900, 400},        {"dgx-b300", 1, 8, 8, 900, 800},
                                  {"hgx-h800", 1, 8, 8, 200, 400},        {"hgx-a800", 1, 8, 8, 200, 200},
                                  {"gb200-nvl72", 18, 72, 72, 900, 200},  {"gb300-nvl72", 36, 144, 144, 900, 400},
                                  {"mi300x-8", 1, 8, 8, 448, 400},        {"mi355x-8", 1, 8, 8, 537.6, 400},
                                  {"mi250x", 1, 8, 4, 325, 100},          {"aws-p4d", 1, 8, 4, 300, 50},
                                  {"aws-p5", 1, 8, 32, 450, 400},         {"aws-p5en", 1, 8, 16, 450, 400},
                                  {"aws-p6-b200", 1, 8, 8, 900, 400},     {"gcp-a3-mega", 1, 8, 8, 450, 200},
                                  {"oci-bm-gpu-h100", 1, 8, 16, 450, 400}};

INSTANTIATE_TEST_SUITE_P(Templates, Machine, testing::ValuesIn(kInventories));

TEST(TemplateLibrary, DevicesAreNamedAndNumberedSoThatAPersonFindsThem) {
  const Topology topology = expand_template("dgx-h100", 64).topology;
  const Device& nic = topology.devices.at(static_cast<std::size_t>(index_of(topology, "node33/nic5")));
  EXPECT_EQ(nic.host, "node33");
  EXPECT_EQ(nic.index, 5);
  EXPECT_EQ(nic.rail, 5);
  EXPECT_TRUE(nic.can.gdr);
  const Device& leaf = topology.devices.at(static_cast<std::size_t>(index_of(topology, "leaf13")));
  EXPECT_EQ(leaf.enclosure, "pod1");
  EXPECT_EQ(leaf.rail, 5);
  EXPECT_EQ(leaf.tier, 0);
  EXPECT_TRUE(leaf.can.reduce);
  EXPECT_DOUBLE_EQ(rate_between(topology, "node33/nic5", "leaf13"), 50e9);
  EXPECT_DOUBLE_EQ(rate_between(topology, "node33/nic5", "leaf5"), 0) << "another pod's leaf";
}

TEST(TemplateLibrary, NvlSeventyTwoSharesOneNvlinkDomainPerRack) {
  const Topology topology = expand_template("gb200-nvl72", 36).topology;
  EXPECT_DOUBLE_EQ(rate_between(topology, "node17/gpu3", "rack0/nvswitch0"), 900e9);
  EXPECT_DOUBLE_EQ(rate_between(topology, "node18/gpu0", "rack1/nvswitch0"), 900e9);
  EXPECT_EQ(topology.devices.at(static_cast<std::size_t>(index_of(topology, "node18/gpu0"))).enclosure, "rack1");
}

TEST(Symmetries, PutAllGpusOfRegularMachinesIntoOneClass) {
  for (const auto* name : {"dgx-1v", "dgx-2", "dgx-a100", "dgx-h100", "gb300-nvl72", "mi300x-8", "aws-p5", "torus-3d",
                           "rail-optimized-ndr", "rail-planes-ndr", "fat-tree-ndr"}) {
    EXPECT_EQ(gpu_classes(expand_template(name, std::nullopt)), 1) << name;
  }
  EXPECT_EQ(gpu_classes(expand_template("fat-tree-ndr", 1024)), 1) << "three tiers";
  EXPECT_EQ(gpu_classes(expand_template("rail-planes-ndr", 4096)), 1) << "three tiers of planes";
  EXPECT_EQ(gpu_classes(expand_template("mi250x", 1)), 2) << "half of the GPUs have a NIC";
}

TEST(Symmetries, DoNotJoinGpusThatAnEditMadeDifferent) {
  Json json = library_template("dgx-a100");
  json["fabric"] = parse_json(R"({"kind": "none"})", "fabric");
  json["node"]["links"].push_back(
      parse_json(R"({"from": "gpu", "to": "gpu", "kind": "pcie", "pairs": [[0, 1]], "rate": "1 GB/s"})", "link"));
  const ExpandedTemplate expanded = expand_template(json, "edited.json", 2);
  for (const auto& permutation : expanded.symmetries) EXPECT_TRUE(is_automorphism(expanded.topology, permutation));
  EXPECT_EQ(gpu_classes(expanded), 3) << "the pair, its neighbours under the same CPU, the other CPU's";
}

}  // namespace
}  // namespace muster
