// SPDX-License-Identifier: Apache-2.0
// nvidia-smi topo -m: what the table says, what it hides, and tables that went through hands and terminals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "tests/topology/graph_queries.hpp"
#include "tests/topology/text_fixtures.hpp"
#include "topology/hardware.hpp"
#include "topology/readers/formats.hpp"

namespace muster {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Imported read(std::string_view text, const std::string& model = "") {
  return read_nvidia_smi({.text = text, .origin = "topo.txt", .gpu_model = model});
}

std::string refusal(std::string_view text) {
  try {
    read(text);
    return "read";
  } catch (const Error& error) {
    return error.what();
  }
}

auto tells(const std::string& code) { return Contains(Field(&Finding::code, code)); }

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t where = text.find(from);
  EXPECT_NE(where, std::string::npos) << from;
  return text.replace(where, from.size(), to);
}

bool are_joined(const Topology& topology, const std::string& one, const std::string& other) {
  const int source = index_of(topology, one);
  const int target = index_of(topology, other);
  return std::ranges::any_of(topology.links,
                             [&](const Link& link) { return link.source == source && link.target == target; });
}

TEST(NvidiaSmi, DrawsSwitchesFromPixAndPxbAndNodesFromAffinities) {
  const Imported machine = read(fixtures::kSmi, "A100");
  const Topology& graph = machine.topology;
  EXPECT_THAT(machine.findings, IsEmpty());
  EXPECT_EQ(count_of(graph, DeviceKind::gpu), 4);
  EXPECT_EQ(count_of(graph, DeviceKind::nic), 2);
  EXPECT_EQ(count_of(graph, DeviceKind::cpu), 2);
  EXPECT_EQ(count_of(graph, DeviceKind::pcisw), 2);
  EXPECT_TRUE(are_joined(graph, "pcisw0", "gpu0"));
  EXPECT_TRUE(are_joined(graph, "pcisw0", "gpu1"));
  EXPECT_TRUE(are_joined(graph, "pcisw0", "nic:mlx5_0"));
  EXPECT_TRUE(are_joined(graph, "cpu0", "pcisw0"));
  EXPECT_TRUE(are_joined(graph, "pcisw1", "gpu2"));
  EXPECT_TRUE(are_joined(graph, "pcisw1", "nic:mlx5_3"));
  EXPECT_TRUE(are_joined(graph, "cpu1", "gpu3"));
  EXPECT_TRUE(are_joined(graph, "cpu0", "cpu1"));
}

TEST(NvidiaSmi, KnowsASwitchByMoreLinksThanAGpuHas) {
  const Topology graph = read(fixtures::kSmi, "A100").topology;
  EXPECT_EQ(count_of(graph, DeviceKind::nvswitch), 1);
  EXPECT_EQ(rate_between(graph, "gpu2", "nvswitch0"), 300e9);
  EXPECT_EQ(rate_between(graph, "gpu2", "gpu1"), 0);
}

TEST(NvidiaSmi, KnowsAMeshByLinksThatSufficeForIt) {
  std::string mesh(fixtures::kSmi);
  for (std::size_t at = 0; (at = mesh.find("NV12")) != std::string::npos;) mesh.replace(at, 4, "NV4");
  const Topology graph = read(mesh, "A100").topology;
  EXPECT_EQ(count_of(graph, DeviceKind::nvswitch), 0);
  EXPECT_EQ(rate_between(graph, "gpu2", "gpu1"), 100e9);
  EXPECT_EQ(read(mesh, "V100").topology.devices.size(), graph.devices.size() + 1) << "12 links are too many for a V100";
}

TEST(NvidiaSmi, DeducesARateOnlyWhereAllModelsAgree) {
  const Imported unnamed = read(fixtures::kSmi);
  EXPECT_EQ(rate_between(unnamed.topology, "gpu0", "nvswitch0"), 300e9);
  EXPECT_THAT(unnamed.findings, IsEmpty());
  std::string hopper(fixtures::kSmi);
  for (std::size_t at = 0; (at = hopper.find("NV12")) != std::string::npos;) hopper.replace(at, 4, "NV18");
  const Imported ambiguous = read(hopper);
  EXPECT_EQ(rate_between(ambiguous.topology, "gpu0", "nvswitch0"), 0);
  EXPECT_THAT(ambiguous.findings, Contains(AllOf(Field(&Finding::code, "nvlink_rate_unknown"),
                                                 Field(&Finding::meaning, HasSubstr("--gpu H100 or --gpu B200")))));
  EXPECT_EQ(rate_between(read(hopper, "H100").topology, "gpu0", "nvswitch0"), 450e9);
  EXPECT_EQ(rate_between(read(hopper, "B200").topology, "gpu0", "nvswitch0"), 900e9);
}

TEST(NvidiaSmi, GivesReductionToSwitchesSinceHopperOnly) {
  const auto reduces = [](const Imported& machine) {
    const Topology& graph = machine.topology;
    return graph.devices.at(static_cast<std::size_t>(index_of(graph, "nvswitch0"))).can.reduce;
  };
  EXPECT_FALSE(reduces(read(fixtures::kSmi, "A100")));
  EXPECT_TRUE(reduces(read(fixtures::kSmi, "H800")));
}

TEST(NvidiaSmi, ReadsOldDriversAndSpaces) {
  const Imported machine = read(fixtures::kOldSmi);
  EXPECT_THAT(machine.findings, IsEmpty());
  EXPECT_EQ(count_of(machine.topology, DeviceKind::gpu), 4);
  EXPECT_EQ(count_of(machine.topology, DeviceKind::cpu), 2);
  EXPECT_EQ(count_of(machine.topology, DeviceKind::pcisw), 2);
  EXPECT_TRUE(are_joined(machine.topology, "cpu:unnamed0", "nic:mlx5_0"));
}

TEST(NvidiaSmi, ReadsTheSameWithOtherLineEndsAndWithoutTabs) {
  std::string dos;
  std::string spaces;
  for (const char letter : fixtures::kSmi) {
    dos += letter == '\n' ? "\r\n" : std::string(1, letter);
    spaces += letter == '\t' ? "   " : std::string(1, letter);
  }
  const Json expected = to_json(read(fixtures::kSmi).topology);
  EXPECT_EQ(to_json(read(dos).topology), expected);
  EXPECT_EQ(to_json(read(spaces).topology), expected);
}

TEST(NvidiaSmi, TellsWhichRowsWereCutAndUsesTheColumns) {
  const std::string cut(fixtures::kSmi.substr(0, fixtures::kSmi.find("GPU3\tNV12")));
  const Imported machine = read(cut, "A100");
  EXPECT_THAT(machine.findings, Contains(AllOf(Field(&Finding::code, "row_missing"),
                                               Field(&Finding::meaning, HasSubstr("no row of GPU3, NIC0, NIC1:")))));
  EXPECT_EQ(count_of(machine.topology, DeviceKind::gpu), 4);
  EXPECT_EQ(rate_between(machine.topology, "gpu3", "nvswitch0"), 300e9);
}

TEST(NvidiaSmi, TakesTheWorseOfTwoCellsThatContradict) {
  const std::string text = replaced(std::string(fixtures::kOldSmi), "GPU0     X      PIX", "GPU0     X      NV2");
  const Imported machine = read(text);
  EXPECT_THAT(machine.findings,
              Contains(AllOf(Field(&Finding::code, "contradicting_cells"), Field(&Finding::place, "topo.txt:3"),
                             Field(&Finding::meaning, HasSubstr("GPU1 reaches GPU0 by PIX and is reached by NV2")))));
  EXPECT_FALSE(are_joined(machine.topology, "gpu0", "gpu1"));
}

TEST(NvidiaSmi, TellsOfAGpuWithFewerLinksToTheSwitch) {
  std::string text(fixtures::kSmi);
  text = replaced(text, "GPU0\t X \tNV12\tNV12\tNV12", "GPU0\t X \tNV12\tNV12\tNV11");
  text = replaced(text, "GPU1\tNV12\t X \tNV12\tNV12", "GPU1\tNV12\t X \tNV12\tNV11");
  text = replaced(text, "GPU2\tNV12\tNV12\t X \tNV12", "GPU2\tNV12\tNV12\t X \tNV11");
  text = replaced(text, "GPU3\tNV12\tNV12\tNV12", "GPU3\tNV11\tNV11\tNV11");
  const Imported machine = read(text, "A100");
  EXPECT_THAT(machine.findings, Contains(AllOf(Field(&Finding::code, "uneven_nvlinks"),
                                               Field(&Finding::devices, testing::ElementsAre("gpu3")))));
  EXPECT_EQ(rate_between(machine.topology, "gpu3", "nvswitch0"), 275e9);
}

TEST(NvidiaSmi, TellsWherePathsAndAffinitiesContradict) {
  EXPECT_THAT(
      read(replaced(std::string(fixtures::kSmi), "SYS\tPIX\t32-63,96-127\t1", "SYS\tPIX\t32-63,96-127\t0")).findings,
      tells("contradiction"));
}

TEST(NvidiaSmi, LeavesUnknownWordsOutAndSaysSo) {
  const Imported machine =
      read(replaced(std::string(fixtures::kSmi), "NIC1\tSYS\tSYS\tPIX", "NIC1\tSYS\tSYS\tPIXNODE"));
  EXPECT_THAT(machine.findings, tells("unknown_cell"));
  EXPECT_TRUE(are_joined(machine.topology, "pcisw1", "nic:mlx5_3")) << "the other row says PIX";
}

TEST(NvidiaSmi, AcceptsAffinitiesThatNameSeveralNodes) {
  const std::string text =
      "\tGPU0\tGPU1\tNIC0\tCPU Affinity\tNUMA Affinity\n"
      "GPU0\t X \tNV4\tSYS\t0,64\t0-3\n"
      "GPU1\tNV4\t X \tPHB\t0,64\t0-3\n"
      "NIC0\tSYS\tPHB\t X \t\t\n";
  const Imported machine = read(text, "A100");
  EXPECT_EQ(count_of(machine.topology, DeviceKind::cpu), 2) << "the NIC is near one GPU and far from the other";
  EXPECT_THAT(machine.findings, Not(tells("contradiction")));
}

TEST(NvidiaSmi, RefusesWhatIsNoSuchTable) {
  EXPECT_THAT(refusal("\tGPU0\tGPU1\tCPU Affinity\n"), HasSubstr("topo.txt:1: the table has a head and no row"));
  EXPECT_THAT(refusal("\tGPU0\tGPU1\nGPU0\tX\tOK\nGPU1\tOK\tX\n"),
              HasSubstr("topo.txt:2: this is the table of `nvidia-smi topo -p2p`"));
  EXPECT_THAT(refusal("\tGPU0\tGPU0\nGPU0\tX\tX\n"), HasSubstr("two columns are headed \"GPU0\""));
  EXPECT_THAT(refusal(std::string(fixtures::kSmi) + std::string(fixtures::kSmi)),
              HasSubstr("a second table begins here"));
  std::string wide = "\tGPU0";
  for (int i = 1; i < 2000; ++i) wide += "\tGPU" + std::to_string(i);
  EXPECT_THAT(refusal(wide + "\nGPU0\tX\n"), HasSubstr("more than 512 devices"));
}

TEST(NvidiaSmi, IsRecognisedBehindAPrompt) {
  EXPECT_TRUE(is_nvidia_smi(fixtures::kSmi));
  EXPECT_TRUE(is_nvidia_smi(fixtures::kOldSmi));
  EXPECT_TRUE(is_nvidia_smi("\tGPU0\tCPU Affinity\nGPU0\t X \t0-7\n"));
  EXPECT_FALSE(is_nvidia_smi("GPU0\n"));
  EXPECT_FALSE(is_nvidia_smi("GPU0 X NV12\n"));
  EXPECT_FALSE(is_nvidia_smi(fixtures::kFabric));
}

}  // namespace
}  // namespace muster
