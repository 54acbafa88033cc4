// SPDX-License-Identifier: Apache-2.0
// What schedulers know of a network: host lists, Slurm's topology.conf, models of topograph, and YAML itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "core/error.hpp"
#include "tests/topology/graph_queries.hpp"
#include "tests/topology/text_fixtures.hpp"
#include "topology/readers/formats.hpp"
#include "topology/readers/hostlist.hpp"
#include "topology/readers/yaml.hpp"

namespace muster {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

template <typename Act>
std::string refusal(Act act) {
  try {
    act();
    return "read";
  } catch (const Error& error) {
    return error.what();
  }
}

std::string refused_list(std::string_view text) {
  return refusal([&] { expand_hostlist(text); });
}

std::string refused_slurm(const std::string& text) {
  return refusal([&] { read_slurm({.text = text, .origin = "topology.conf"}); });
}

std::string refused_model(const std::string& text) {
  return refusal([&] { read_topograph({.text = text, .origin = "model.yaml"}); });
}

Imported slurm(std::string_view text) { return read_slurm({.text = text, .origin = "topology.conf"}); }

const Device& device(const Topology& topology, const std::string& id) {
  return topology.devices.at(static_cast<std::size_t>(index_of(topology, id)));
}

TEST(Hostlist, ExpandsRangesListsAndProducts) {
  EXPECT_THAT(expand_hostlist("node[001-003,130]"), ElementsAre("node001", "node002", "node003", "node130"));
  EXPECT_THAT(expand_hostlist("login, gpu[8-10]"), ElementsAre("login", "gpu8", "gpu9", "gpu10"));
  EXPECT_THAT(expand_hostlist("r[1-2]n[01-02]x"), ElementsAre("r1n01x", "r1n02x", "r2n01x", "r2n02x"));
  EXPECT_THAT(expand_hostlist("n[a,b[1-2]]"), ElementsAre("na", "nb1", "nb2"));
  EXPECT_THAT(expand_hostlist("[1101-1102]"), ElementsAre("1101", "1102"));
  EXPECT_THAT(expand_hostlist("a-b,c-1"), ElementsAre("a-b", "c-1")) << "a dash outside brackets is a letter";
  EXPECT_THAT(expand_hostlist(" ,, "), IsEmpty());
}

TEST(Hostlist, OfEveryRangeHasAsManyNamesAsNumbersAllDifferentAndPadded) {
  for (int first = 0; first < 120; first += 7) {
    for (int last = first; last < first + 150; last += 13) {
      for (int width = 1; width <= 4; ++width) {
        std::string low = std::to_string(first);
        if (low.size() < static_cast<std::size_t>(width))
          low.insert(0, static_cast<std::size_t>(width) - low.size(), '0');
        const auto names = expand_hostlist("n[" + low + "-" + std::to_string(last) + "]");
        ASSERT_EQ(names.size(), static_cast<std::size_t>(last - first + 1));
        ASSERT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
        ASSERT_EQ(names.front(), "n" + low);
        ASSERT_EQ(std::stoi(names.back().substr(1)), last);
        for (const std::string& name : names) ASSERT_GE(name.size(), low.size() + 1);
      }
    }
  }
}

TEST(Hostlist, WrittenOutAndReadAgainIsTheSame) {
  const auto names = expand_hostlist("r[1-3]n[08-11],x[1,5-6]y");
  std::string written;
  for (const std::string& name : names) written += name + ",";
  EXPECT_EQ(expand_hostlist(written), names);
}

TEST(Hostlist, RefusesWhatIsNotClosedRunsBackwardsOrHasNoEnd) {
  EXPECT_THAT(refused_list("n[1-2"), HasSubstr("a bracket is not closed"));
  EXPECT_THAT(refused_list("n]1"), HasSubstr("a bracket is closed that was not opened"));
  EXPECT_THAT(refused_list("n[]"), HasSubstr("a bracket holds nothing"));
  EXPECT_THAT(refused_list("n[3-1]"), HasSubstr("the range 3-1 runs backwards"));
  EXPECT_THAT(refused_list("n[1-2000000]"), HasSubstr("more than 200000 names"));
  EXPECT_THAT(refused_list("n[1-1000][1-1000][1-1000]"), HasSubstr("more than 200000 names"));
  EXPECT_THAT(refused_list("n[0-999999999999999999]"), HasSubstr("more than 200000 names"));
  EXPECT_THAT(refused_list("n[1-99999999999999999999]"), HasSubstr("more than 18 digits"));
  EXPECT_THAT(refused_list(std::string(300, 'n')), HasSubstr("more than 255 characters"));
  EXPECT_THAT(refused_list("n" + std::string(100, '[') + "1" + std::string(100, ']')),
              HasSubstr("brackets deeper than 8"));
  EXPECT_THAT(refusal([] { expand_hostlist("n[1-3]", {.names = 2}); }), HasSubstr("more than 2 names"));
}

TEST(Slurm, ReadsATreeInEitherCaseOverSeveralLines) {
  const Imported tree = slurm(fixtures::kSlurm);
  const Topology& graph = tree.topology;
  EXPECT_THAT(tree.findings, ElementsAre(Field(&Finding::code, "rates_unknown")));
  EXPECT_EQ(count_of(graph, DeviceKind::network_switch), 3);
  EXPECT_EQ(count_of(graph, DeviceKind::nic), 4);
  EXPECT_EQ(graph.hosts.size(), 4U);
  EXPECT_EQ(device(graph, "leaf1").tier, 0);
  EXPECT_EQ(device(graph, "spine").tier, 1);
  EXPECT_EQ(device(graph, "node04/nic").host, "node04");
  EXPECT_EQ(graph.links.size(), 2U * (4 + 2));
}

TEST(Slurm, ReadsBlocksAsEnclosures) {
  const Topology graph = slurm(fixtures::kSlurmBlocks).topology;
  EXPECT_EQ(device(graph, "tray2/nic").enclosure, "b1");
  EXPECT_EQ(device(graph, "tray3/nic").enclosure, "b2");
  EXPECT_EQ(count_of(graph, DeviceKind::network_switch), 3) << "two blocks and what lies between";
}

TEST(Slurm, RefusesRingsUnknownSwitchesAndOtherFiles) {
  EXPECT_THAT(refused_slurm("SwitchName=a Switches=b\nSwitchName=b Switches=a\n"),
              HasSubstr("topology.conf:1: switch \"a\" is above itself"));
  EXPECT_THAT(refused_slurm("SwitchName=a Switches=a\n"), HasSubstr("is above itself"));
  EXPECT_THAT(refused_slurm("SwitchName=a Nodes=n1\nSwitchName=b Switches=a,c\n"),
              HasSubstr("topology.conf:2: switch \"c\" has no entry; add it"));
  EXPECT_THAT(refused_slurm("SwitchName=a Nodes=n1\nSwitchName=a Nodes=n2\n"), HasSubstr("a second switch \"a\""));
  EXPECT_THAT(refused_slurm("SwitchName=a Nodes=n[1\n"), HasSubstr("topology.conf:1: host list \"n[1\": a bracket"));
  EXPECT_THAT(refused_slurm("SwitchName=a Nodes=n1\nwhat is this\n"),
              HasSubstr("topology.conf:2: expected SwitchName="));
}

TEST(Slurm, TellsOfSecondParentsSecondLeavesAndSeparateNetworks) {
  EXPECT_THAT(slurm("SwitchName=a Nodes=n1\nSwitchName=b Switches=a\nSwitchName=c Switches=a,b\n").findings,
              Contains(Field(&Finding::code, "two_parents")));
  const Imported twice = slurm("SwitchName=a Nodes=n[1-2]\nSwitchName=b Nodes=n2\nSwitchName=c Switches=a,b\n");
  EXPECT_THAT(twice.findings, Contains(Field(&Finding::code, "host_in_two_leaves")));
  EXPECT_EQ(count_of(twice.topology, DeviceKind::nic), 2);
  EXPECT_THAT(twice.findings, Not(Contains(Field(&Finding::code, "separate_networks"))));
  EXPECT_THAT(slurm("SwitchName=a Nodes=n1\nSwitchName=b Nodes=n2\n").findings,
              Contains(Field(&Finding::code, "separate_networks")));
}

TEST(Slurm, ReadsAChainOfTenThousandSwitches) {
  std::string text = "SwitchName=s0 Nodes=n0\n";
  for (int i = 1; i < 10000; ++i)
    text += "SwitchName=s" + std::to_string(i) + " Switches=s" + std::to_string(i - 1) + "\n";
  EXPECT_EQ(device(slurm(text).topology, "s9999").tier, 9999);
}

TEST(Topograph, ReadsSwitchesAndBlocks) {
  const Imported model = read_topograph({.text = fixtures::kTopograph, .origin = "model.yaml"});
  EXPECT_THAT(model.findings, ElementsAre(Field(&Finding::code, "rates_unknown")));
  EXPECT_EQ(count_of(model.topology, DeviceKind::network_switch), 3);
  EXPECT_EQ(count_of(model.topology, DeviceKind::nic), 5);
  EXPECT_EQ(device(model.topology, "n5/nic").enclosure, "nvl-1");
  EXPECT_EQ(device(model.topology, "n3/nic").enclosure, "");
  EXPECT_EQ(device(model.topology, "core").tier, 1);
}

TEST(Topograph, RefusesWhatIsNoModel) {
  EXPECT_THAT(refused_model("switches: [a]\n"), HasSubstr("model.yaml:1: switches must be a mapping"));
  EXPECT_THAT(refused_model("blocks:\n- nodes: [n1]\n"),
              HasSubstr("model.yaml:2: a block needs the name of its switch"));
  EXPECT_THAT(refused_model("blocks:\n- switch: a\n"), HasSubstr("a block needs its nodes"));
  EXPECT_THAT(refused_model("switches:\n"), HasSubstr("switches must be a mapping"));
  EXPECT_THAT(refused_model("switches: {a: {switches: [b]}, b: {switches: [a]}}\n"), HasSubstr("is above itself"));
}

TEST(Yaml, RefusesBombsAndDepth) {
  const auto refused = [](const std::string& text) { return refusal([&] { parse_yaml(text, "a.yaml"); }); };
  EXPECT_THAT(refused("a: &x [1, 2]\nb: [*x, *x]\n"), HasSubstr("a.yaml:2: aliases (*name) are not read"));
  EXPECT_THAT(refused(std::string(100, '[') + std::string(100, ']')), HasSubstr("deeper than 64 levels"));
  EXPECT_THAT(refused("a: [1, 2"), HasSubstr("a.yaml:"));
  EXPECT_THAT(refused("? [a, b]\n: c\n"), HasSubstr("a key must be plain text"));
  EXPECT_THAT(refused(""), HasSubstr("the file holds nothing"));
  EXPECT_THAT(refusal([] { parse_yaml("[1, 2, 3]", "a.yaml", {.nodes = 3}); }), HasSubstr("more than 3 nodes"));
  EXPECT_THAT(refusal([] { parse_yaml("[1, 2, 3]", "a.yaml", {.document = {8}}); }), HasSubstr("larger than 8"));
}

TEST(SchedulerFormats, AreToldApart) {
  EXPECT_TRUE(is_slurm(fixtures::kSlurm));
  EXPECT_TRUE(is_slurm(fixtures::kSlurmBlocks));
  EXPECT_FALSE(is_slurm(fixtures::kTopograph));
  EXPECT_TRUE(is_topograph(fixtures::kTopograph));
  EXPECT_FALSE(is_topograph(fixtures::kSlurm));
  EXPECT_FALSE(is_slurm(fixtures::kFabric));
}

}  // namespace
}  // namespace muster
