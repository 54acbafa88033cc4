// SPDX-License-Identifier: Apache-2.0
// The language of templates: fabrics come out as the description says, edited copies do what the edit says, and
// whatever is wrong with a file is told in one line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <ostream>
#include <set>
#include <string>

#include "core/error.hpp"
#include "tests/topology/graph_queries.hpp"
#include "topology/templates.hpp"
#include "topology/templates/description.hpp"

namespace muster {
namespace {

Json machine(const std::string& fabric, int nodes) {
  return parse_json(R"({"schema": "muster/template/1", "name": "mine", "summary": "a test", "source": "made up",
    "nodes": )" + std::to_string(nodes) +
                        R"(, "node": {"devices": [{"group": "gpu", "kind": "gpu", "count": 2}],
    "links": [{"from": "gpu", "to": "gpu", "kind": "nvlink", "rate": "100 GB/s"}]}, "fabric": )" +
                        fabric + "}",
                    "mine.json");
}

Topology expanded(const Json& json) { return expand_template(json, "mine.json", std::nullopt).topology; }

int switches_of_tier(const Topology& topology, int tier) {
  return static_cast<int>(std::ranges::count_if(topology.devices, [&](const Device& device) {
    return device.kind == DeviceKind::network_switch && device.tier == tier;
  }));
}

TEST(LeafSpineFabric, OfThreeTiersAndRadixKIsTheFatTreeOfTheTextbook) {
  // k = 4: 16 hosts, 8 edge, 8 aggregation, 4 core switches, two hosts per edge (Al-Fares et al. 2008).
  const Topology topology = expanded(machine(R"({"kind": "leaf_spine", "ports": "gpu", "tiers": 3,
      "switch": {"radix": 4}, "cable": {"kind": "ethernet", "rate": "10 GB/s"}})",
                                             8));
  EXPECT_EQ(switches_of_tier(topology, 0), 8);
  EXPECT_EQ(switches_of_tier(topology, 1), 8);
  EXPECT_EQ(switches_of_tier(topology, 2), 4);
}

TEST(LeafSpineFabric, TakesPortsFromUplinksByTheTaper) {
  const Topology topology = expanded(machine(R"({"kind": "leaf_spine", "ports": "gpu", "taper": 2,
      "switch": {"radix": 12}, "cable": {"kind": "ethernet", "rate": "50 GB/s"}})",
                                             16));
  EXPECT_EQ(switches_of_tier(topology, 0), 4);
  double up = 0;
  for (const Link& link : topology.links) {
    const bool is_up = link.source == index_of(topology, "leaf0") &&
                       topology.devices[static_cast<std::size_t>(link.target)].kind == DeviceKind::network_switch;
    up += is_up ? link.capacity.line.value : 0;
  }
  EXPECT_DOUBLE_EQ(up, 200e9) << "eight ports of 50 down, four up";
}

TEST(LeafSpineFabric, JoinsRailsAboveTheLeavesOrKeepsThemApart) {
  const std::string fabric = R"({"kind": "leaf_spine", "ports": "gpu", "rails": "all", "planes": "PLANES",
      "switch": {"radix": 4}, "cable": {"kind": "ethernet", "rate": "10 GB/s"}})";
  const auto with = [&](const std::string& planes) {
    std::string text = fabric;
    return expanded(machine(text.replace(text.find("PLANES"), 6, planes), 4));
  };
  const Topology joined = with("joined");
  EXPECT_DOUBLE_EQ(rate_between(joined, "leaf0", "spine0"), rate_between(joined, "leaf1", "spine0"));
  const Topology apart = with("per_rail");
  EXPECT_EQ(switches_of_tier(apart, 1), 0) << "four nodes fit one leaf of each rail";
}

TEST(LeafSpineFabric, WritesOutAHundredThousandGpusOnRailSwitches) {
  Json json = machine(R"({"kind": "leaf_spine", "ports": "gpu", "rails": "all", "tiers": 1, "switch": {"radix": 16384},
      "cable": {"kind": "infiniband", "rate": "50 GB/s"}})",
                      16384);
  json["node"] = parse_json(R"({"devices": [{"group": "gpu", "kind": "gpu", "count": 8, "model": "H100 SXM"},
      {"group": "nvswitch", "kind": "nvswitch"}], "links": [{"from": "gpu", "to": "nvswitch", "kind": "nvlink",
      "count": "all"}]})",
                            "node");
  const ExpandedTemplate expanded = expand_template(json, "golden.json", std::nullopt);
  EXPECT_EQ(expanded.topology.devices.size(), 147464u);  // guide: 16384 * 9 + 8
  EXPECT_EQ(expanded.topology.links.size(), 524288u);
  EXPECT_EQ(gpu_classes(expanded), 1);
  EXPECT_DOUBLE_EQ(rate_between(expanded.topology, "node9/gpu3", "node9/nvswitch0"), 450e9);
  EXPECT_DOUBLE_EQ(rate_between(expanded.topology, "node9/gpu3", "leaf3"), 50e9);
}

TEST(DragonflyFabric, JoinsEveryTwoGroupsByTheCablesItSays) {
  const Topology topology = expand_template("dragonfly", 3 * 128).topology;
  std::map<std::pair<std::string, std::string>, int> between;
  for (const Link& link : topology.links) {
    const Device& source = topology.devices[static_cast<std::size_t>(link.source)];
    const Device& target = topology.devices[static_cast<std::size_t>(link.target)];
    const bool is_between = source.kind == DeviceKind::network_switch && target.kind == DeviceKind::network_switch &&
                            source.enclosure != target.enclosure;
    if (is_between) between[{source.enclosure, target.enclosure}] += link.count;
  }
  EXPECT_EQ(between.size(), 6u);
  for (const auto& [groups, cables] : between) EXPECT_EQ(cables, 4) << groups.first << " " << groups.second;
}

TEST(DragonflyFabric, DealsCablesBetweenGroupsToRoutersEvenly) {
  const Topology topology = expand_template("dragonfly", 9 * 128).topology;
  std::map<int, int> of_router;
  for (const Link& link : topology.links) {
    const Device& source = topology.devices[static_cast<std::size_t>(link.source)];
    const Device& target = topology.devices[static_cast<std::size_t>(link.target)];
    const bool is_between = source.kind == DeviceKind::network_switch && target.kind == DeviceKind::network_switch &&
                            source.enclosure != target.enclosure;
    if (is_between) ++of_router[link.source];
  }
  EXPECT_EQ(of_router.size(), 9u * 32u);  // 8 other groups, 4 cables to each, 32 routers
  for (const auto& [router, cables] : of_router) EXPECT_EQ(cables, 1);
}

TEST(TorusFabric, GivesEveryChipSixNeighboursAndARingOfTwoOneCable) {
  const auto degrees = [](const Topology& topology) {
    std::map<int, int> links;
    for (const Link& link : topology.links) ++links[link.source];
    std::set<int> found;
    for (const auto& [device, count] : links) found.insert(count);
    return found;
  };
  EXPECT_EQ(degrees(expand_template("torus-3d", std::nullopt).topology), (std::set<int>{6}));
  Json json = library_template("torus-3d");
  json["fabric"]["dimensions"] = {4, 2, 1};
  json["nodes"] = 8;
  EXPECT_EQ(degrees(expanded(json)), (std::set<int>{3}));
}

TEST(EditedTemplate, ChangesWhatTheEditSays) {
  Json json = library_template("dgx-h100");
  json["nodes"] = 2;
  json["gpu"] = "H800";
  json["fabric"] = "fat-tree-ndr";
  json["node"]["devices"][2]["port"] = "200 Gb/s";
  const Topology topology = expanded(json);
  EXPECT_DOUBLE_EQ(rate_between(topology, "node0/gpu0", "node0/nvswitch0"), 200e9);
  EXPECT_DOUBLE_EQ(rate_between(topology, "node0/nic0", "leaf0"), 25e9) << "the slower end decides";
  EXPECT_EQ(topology.devices[0].model, "H800");
}

TEST(EditedTemplate, KeepsWhatIsSaidOfRates) {
  Json json = machine(R"({"kind": "none"})", 1);
  json["node"]["links"][0] = parse_json(R"({"from": "gpu", "to": "gpu", "kind": "nvlink", "count": 3, "rate": "25 GB/s",
      "usable": "20 GB/s", "latency": "700ns", "certainty": "assumed", "source": "a friend"})",
                                        "link");
  const Link link = expanded(json).links.at(0);
  EXPECT_EQ(link.count, 3);
  EXPECT_EQ(link.capacity.line, BytesPerSecond{75e9});
  EXPECT_EQ(link.capacity.usable, BytesPerSecond{60e9});
  EXPECT_DOUBLE_EQ(link.latency.value, 700e-9);
  EXPECT_EQ(link.capacity.certainty, Certainty::assumed);
  EXPECT_EQ(link.capacity.provenance, "a friend");
  json["node"]["links"][0] = parse_json(R"({"from": "gpu", "to": "gpu", "kind": "nvlink", "rate": null})", "link");
  EXPECT_EQ(expanded(json).links.at(0).capacity.certainty, Certainty::unknown);
}

TEST(TemplateRate, IsReadInTheFormsOfDataSheets) {
  EXPECT_EQ(parse_rate("400 Gb/s"), BytesPerSecond{50e9});
  EXPECT_EQ(parse_rate("1.6 Tb/s"), BytesPerSecond{200e9});
  EXPECT_EQ(parse_rate("76.8 GB/s"), BytesPerSecond{76.8e9});
  EXPECT_EQ(parse_rate("PCIe 5.0 x16"), BytesPerSecond{63'015'384'615});
  EXPECT_EQ(parse_rate("PCIe 4 x8"), BytesPerSecond{15'753'846'153});
  for (const auto* text : {"", " ", "400", "400Gb/s", "400 Gbps", "-1 GB/s", "0 GB/s", "nan GB/s", "1e30 TB/s", "PCIe ",
                           "PCIe 9.0 x16", "PCIe 5.0 x3", "PCIe 5.0", "PCIe 5.0  x16", "GB/s"}) {
    EXPECT_THROW(parse_rate(text), Error) << text;
  }
}

struct Damage {
  std::string name;
  std::function<void(Json&)> inflict;
  std::string message;
};
void PrintTo(const Damage& damage, std::ostream* out) { *out << damage.name; }

class MalformedTemplate : public testing::TestWithParam<Damage> {};

TEST_P(MalformedTemplate, IsRefusedInOneLineThatNamesThePlace) {
  Json json = machine(R"({"kind": "leaf_spine", "ports": "gpu", "switch": {"radix": 8},
      "cable": {"kind": "ethernet", "rate": "10 GB/s"}})",
                      2);
  GetParam().inflict(json);
  try {
    expanded(json);
    FAIL() << "accepted";
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_THAT(text, testing::StartsWith("mine.json: "));
    EXPECT_THAT(text, testing::HasSubstr(GetParam().message));
    EXPECT_EQ(text.find('\n'), std::string::npos) << text;
  }
}

const auto kHuge = 1LL << 40;

const Damage kDamages[] = {
    {"AList", [](Json& json) { json = Json::array(); }, "JSON object"},
    {"OtherSchema", [](Json& json) { json["schema"] = "muster/template/2"; }, "\"schema\" is"},
    {"NoName", [](Json& json) { json.erase("name"); }, "\"name\" is missing"},
    {"NoSource", [](Json& json) { json.erase("source"); }, "\"source\" is missing"},
    {"NoNode", [](Json& json) { json.erase("node"); }, "\"node\" is missing"},
    {"UnknownKey", [](Json& json) { json["colour"] = 1; }, "\"colour\" is not known"},
    {"UnknownKeyInside", [](Json& json) { json["node"]["devices"][0]["colour"] = 1; }, "devices[0]: \"colour\""},
    {"NoNodes", [](Json& json) { json["nodes"] = 0; }, "\"nodes\" must be"},
    {"HugeNodes", [](Json& json) { json["nodes"] = kHuge; }, "\"nodes\" must be"},
    {"ManyNodes", [](Json& json) { json["nodes"] = 1 << 20; }, "too many for"},
    {"ManyDevices",
     [](Json& json) {
       json["nodes"] = 1 << 20, json["fabric"] = {{"kind", "none"}}, json["node"]["devices"][0]["count"] = 5;
     },
     "ask for fewer nodes"},
    {"ManyLinks",
     [](Json& json) {
       json["nodes"] = 1 << 16, json["fabric"] = {{"kind", "none"}}, json["node"]["devices"][0]["count"] = 20;
     },
     "ask for fewer nodes"},
    {"HugeCount", [](Json& json) { json["node"]["devices"][0]["count"] = kHuge; }, "\"count\" must be"},
    {"NegativeCount", [](Json& json) { json["node"]["devices"][0]["count"] = -1; }, "\"count\" must be"},
    {"CountAsText", [](Json& json) { json["node"]["devices"][0]["count"] = "two"; }, "\"count\" must be"},
    {"NoDevices", [](Json& json) { json["node"]["devices"] = Json::array(); }, "must not be empty"},
    {"DevicesAreNoList", [](Json& json) { json["node"]["devices"] = 7; }, "must be a list"},
    {"TwoGroupsOfOneName", [](Json& json) { json["node"]["devices"].push_back(json["node"]["devices"][0]); },
     "second group"},
    {"GroupWithASlash", [](Json& json) { json["node"]["devices"][0]["group"] = "a/b"; }, "short word"},
    {"UnknownKind", [](Json& json) { json["node"]["devices"][0]["kind"] = "tpu"; }, "device kind \"tpu\""},
    {"UnknownCapability", [](Json& json) { json["node"]["devices"][0]["can"] = {"fly"}; }, "can[0]"},
    {"CapabilityIsANumber", [](Json& json) { json["node"]["devices"][0]["can"] = {1}; }, "can[0]"},
    {"BadThrough", [](Json& json) { json["node"]["devices"][0]["through"] = "fast"; }, "is no rate"},
    {"BadRate", [](Json& json) { json["node"]["links"][0]["rate"] = "400 Gbps"; }, "links[0]: \"rate\" is no rate"},
    {"RateIsANumber", [](Json& json) { json["node"]["links"][0]["rate"] = 400; }, "\"rate\" must be a text"},
    {"NoRate", [](Json& json) { json["node"]["links"][0].erase("rate"); }, "\"rate\" is missing"},
    {"AllOfNoModel", [](Json& json) { json["node"]["links"][0]["count"] = "all"; }, "\"count\" is \"all\""},
    {"SomeLinks", [](Json& json) { json["node"]["links"][0]["count"] = "some"; }, "or \"all\""},
    {"UsableAboveLine", [](Json& json) { json["node"]["links"][0]["usable"] = "200 GB/s"; }, "\"usable\" is more"},
    {"BadLatency", [](Json& json) { json["node"]["links"][0]["latency"] = "5"; }, "\"latency\""},
    {"LongLatency", [](Json& json) { json["node"]["links"][0]["latency"] = "100h"; }, "more than an hour"},
    {"UnknownOfARate", [](Json& json) { json["node"]["links"][0]["certainty"] = "unknown"; }, "\"certainty\""},
    {"UnknownGroup", [](Json& json) { json["node"]["links"][0]["to"] = "nic"; }, "names no group"},
    {"UnknownPattern", [](Json& json) { json["node"]["links"][0]["pattern"] = "star"; }, "pattern \"star\""},
    {"OneToOneOfOneGroup", [](Json& json) { json["node"]["links"][0]["pattern"] = "one_to_one"; }, "two groups"},
    {"BlocksOfOneGroup", [](Json& json) { json["node"]["links"][0]["pattern"] = "blocks"; }, "two groups"},
    {"PairToItself",
     [](Json& json) {
       json["node"]["links"][0]["pairs"] = {{0, 0}};
     },
     "to itself"},
    {"PairOutside",
     [](Json& json) {
       json["node"]["links"][0]["pairs"] = {{0, 2}};
     },
     "pairs[0]: must be a whole"},
    {"PairOfThree",
     [](Json& json) {
       json["node"]["links"][0]["pairs"] = {{0, 1, 2}};
     },
     "two numbers"},
    {"PairsAndPattern",
     [](Json& json) {
       json["node"]["links"][0]["pairs"] = {{0, 1}}, json["node"]["links"][0]["pattern"] = "ring";
     },
     "\"pattern\" is not known"},
    {"ManyWires", [](Json& json) { json["node"]["devices"][0]["count"] = 10'000; }, "more than a million"},
    {"UnknownFabric", [](Json& json) { json["fabric"]["kind"] = "web"; }, "kind of fabric \"web\""},
    {"FabricByUnknownName", [](Json& json) { json["fabric"] = "fat"; }, "no template is called"},
    {"NodeByUnknownName", [](Json& json) { json["node"] = "dgx"; }, "no template is called"},
    {"UnknownPorts", [](Json& json) { json["fabric"]["ports"] = "nic"; }, "\"ports\" name no group"},
    {"UnknownGpu", [](Json& json) { json["gpu"] = "H1000"; }, "names no GPU"},
    {"RackWithoutNodes",
     [](Json& json) {
       json["rack"] = {{"devices", {{{"group", "s"}, {"kind", "nvswitch"}}}}};
     },
     "\"nodes\" is missing"},
    {"NoRadix", [](Json& json) { json["fabric"]["switch"].erase("radix"); }, "\"radix\" is missing"},
    {"SmallRadix", [](Json& json) { json["fabric"]["switch"]["radix"] = 1, json["nodes"] = 3; }, "raise \"radix\""},
    {"ZeroTaper", [](Json& json) { json["fabric"]["taper"] = 0; }, "\"taper\" must be"},
    {"FourTiers", [](Json& json) { json["fabric"]["tiers"] = 4; }, "\"tiers\" must be"},
    {"OneTierTooFew", [](Json& json) { json["fabric"]["tiers"] = 1, json["nodes"] = 9; }, "too many for 1 tiers"},
    {"TwoTiersTooFew", [](Json& json) { json["fabric"]["tiers"] = 2, json["nodes"] = 100; }, "too many for 2 tiers"},
    {"HugePod", [](Json& json) { json["fabric"]["pod"] = 100, json["nodes"] = 200; }, "lower \"pod\""},
    {"UnevenRails", [](Json& json) { json["fabric"]["rails"] = 3; }, "\"rails\" must divide"},
    {"UnknownRails", [](Json& json) { json["fabric"]["rails"] = "some"; }, "or \"all\""},
    {"UnknownPlanes", [](Json& json) { json["fabric"]["planes"] = "some"; }, "planes"},
    {"DragonflyOfOddPorts",
     [](Json& json) {
       json["fabric"]["kind"] = "dragonfly", json["fabric"]["routers"] = 4, json["fabric"]["ports_per_router"] = 3;
     },
     "multiple of the 2 ports"},
    {"DragonflyOfManyGroups",
     [](Json& json) {
       json["nodes"] = 100, json["fabric"]["kind"] = "dragonfly", json["fabric"]["routers"] = 2,
       json["fabric"]["ports_per_router"] = 2;
     },
     "more than its \"radix\""},
    {"TorusOfOtherSize",
     [](Json& json) {
       json["fabric"].erase("switch"), json["fabric"]["kind"] = "torus", json["fabric"]["dimensions"] = {4, 4};
     },
     "\"dimensions\" make 16"},
    {"TorusOfHugeSize",
     [](Json& json) {
       json["fabric"].erase("switch"), json["fabric"]["kind"] = "torus",
                                       json["fabric"]["dimensions"] = {1 << 20, 1 << 20, 1 << 20, 1 << 20};
     },
     "with a product"},
    {"TorusOfManyDimensions",
     [](Json& json) {
       json["fabric"].erase("switch"), json["fabric"]["kind"] = "torus",
                                       json["fabric"]["dimensions"] = std::vector<int>(100, 1);
     },
     "at most eight"},
};

INSTANTIATE_TEST_SUITE_P(Templates, MalformedTemplate, testing::ValuesIn(kDamages),
                         [](const auto& tested) { return tested.param.name; });

TEST(EditedTemplate, RefusesANumberOfNodesThatIsNone) {
  EXPECT_THROW(expand_template("dgx-h100", 0), Error);
  EXPECT_THROW(expand_template("dgx-h100", -5), Error);
  EXPECT_THROW(expand_template("dgx-h100", std::numeric_limits<int>::max()), Error);
}

}  // namespace
}  // namespace muster
