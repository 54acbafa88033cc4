// SPDX-License-Identifier: Apache-2.0
// The doctor: silent on good machines, and for each fault that is put into one, one finding at the right place.
#include "topology/doctor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <ostream>
#include <string>

#include "tests/topology/graph_queries.hpp"
#include "topology/hardware.hpp"

namespace muster {
namespace {

using testing::Contains;
using testing::HasSubstr;

Device& device(Topology& topology, const std::string& id) {
  return topology.devices.at(static_cast<std::size_t>(index_of(topology, id)));
}

/// Both directions of what joins two devices; a test that names none is wrong itself.
std::vector<Link*> links_between(Topology& topology, const std::string& one, const std::string& other) {
  const int a = index_of(topology, one);
  const int b = index_of(topology, other);
  std::vector<Link*> found;
  for (Link& link : topology.links) {
    if ((link.source == a && link.target == b) || (link.source == b && link.target == a)) found.push_back(&link);
  }
  EXPECT_FALSE(found.empty()) << one << " " << other;
  return found;
}

void cut(Topology& topology, const std::string& one, const std::string& other) {
  const int a = index_of(topology, one);
  const int b = index_of(topology, other);
  const auto cut = std::erase_if(topology.links, [&](const Link& link) {
    return (link.source == a && link.target == b) || (link.source == b && link.target == a);
  });
  EXPECT_GT(cut, 0u) << one << " " << other;
}

void cut_all(Topology& topology, const std::string& id) {
  const int index = index_of(topology, id);
  std::erase_if(topology.links, [&](const Link& link) { return link.source == index || link.target == index; });
}

void set_rate(Topology& topology, const std::string& one, const std::string& other, BytesPerSecond rate) {
  for (Link* link : links_between(topology, one, other)) link->capacity.line = rate;
}

std::vector<Finding> with_code(const Topology& topology, const std::string& code) {
  std::vector<Finding> found = examine(topology);
  std::erase_if(found, [&](const Finding& finding) { return finding.code != code; });
  return found;
}

class GoodMachine : public testing::TestWithParam<TemplateText> {};

TEST_P(GoodMachine, HasNothingToWarnOf) {
  const bool is_grid = GetParam().name == "torus-3d";
  for (const int nodes : {1, 2, 3, 33, 100}) {
    const auto count = is_grid ? std::nullopt : std::optional(nodes);
    for (const Finding& finding : examine(expand_template(GetParam().name, count).topology)) {
      EXPECT_EQ(finding.severity, Severity::note) << nodes << " nodes: " << finding.code << " " << finding.meaning;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Doctor, GoodMachine, testing::ValuesIn(template_library()), [](const auto& tested) {
  std::string name(tested.param.name);
  std::ranges::replace(name, '-', '_');
  return name;
});

struct Fault {
  std::string name;
  std::string machine;
  int nodes;
  std::function<void(Topology&)> inflict;
  std::string code;
  Severity severity;
  std::string place;
  std::string says;
};
void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.name; }

class BrokenMachine : public testing::TestWithParam<Fault> {};

TEST_P(BrokenMachine, IsFoundOnceAtTheRightPlace) {
  const Fault& fault = GetParam();
  Topology topology = expand_template(fault.machine, fault.nodes).topology;
  EXPECT_TRUE(with_code(topology, fault.code).empty()) << "found before it was there";
  fault.inflict(topology);
  const std::vector<Finding> found = with_code(topology, fault.code);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].severity, fault.severity);
  EXPECT_EQ(found[0].place, fault.place);
  EXPECT_THAT(found[0].meaning, HasSubstr(fault.says));
  EXPECT_EQ(found[0].meaning.find('\n'), std::string::npos);
  for (const std::string& id : found[0].devices) {
    EXPECT_LT(index_of(topology, id), static_cast<int>(topology.devices.size())) << id << " is no device";
  }
}

const Fault kFaults[] = {
    {"GpuThatLostItsNvswitch", "gb300-nvl72", 2,
     [](Topology& topology) { cut(topology, "node1/gpu2", "rack0/nvswitch0"); }, "gpu_without_nvswitch",
     Severity::error, "node1/gpu2", "most of the 4 GPUs of its host have 18 links"},
    {"GpuWithFewerNvlinks", "dgx-h100", 1,
     [](Topology& topology) {
       for (Link* link : links_between(topology, "node0/gpu5", "node0/nvswitch0")) {
         link->count = 16, link->capacity.line = {400e9};
       }
     },
     "fewer_scale_up_links", Severity::warning, "node0/gpu5", "16 scale-up links of 400 GB/s"},
    {"GpuWithSlowerNvlinks", "dgx-h100", 1,
     [](Topology& topology) { set_rate(topology, "node0/gpu5", "node0/nvswitch0", {225e9}); }, "fewer_scale_up_links",
     Severity::warning, "node0/gpu5", "225 GB/s"},
    {"GpuWithTooManyLinks", "dgx-a100", 1,
     [](Topology& topology) {
       for (Link* link : links_between(topology, "node0/gpu1", "node0/nvswitch0")) link->count = 72;
     },
     "more_links_than_hardware", Severity::error, "node0/gpu1",
     "A100 SXM has 72 links where the hardware has at most 12"},
    {"LinkWithoutReverse", "mi300x-8", 1,
     [](Topology& topology) {
       const Link lost = *links_between(topology, "node0/gpu1", "node0/gpu4").front();
       std::erase_if(topology.links,
                     [&](const Link& link) { return link.source == lost.target && link.target == lost.source; });
     },
     "link_without_reverse", Severity::error, "node0/gpu1", "1 link of 64 GB/s one way and 0 links"},
    {"LinkOfUnevenCounts", "mi300x-8", 1,
     [](Topology& topology) { links_between(topology, "node0/gpu1", "node0/gpu4").front()->count = 2; },
     "uneven_directions", Severity::warning, "node0/gpu1", "contradict"},
    {"LinkOfUnevenRates", "mi300x-8", 1,
     [](Topology& topology) { links_between(topology, "node0/gpu1", "node0/gpu4").front()->capacity.line = {32e9}; },
     "uneven_directions", Severity::warning, "node0/gpu1", "32 GB/s"},
    {"UsableAboveLine", "dgx-h100", 1,
     [](Topology& topology) {
       links_between(topology, "node0/gpu0", "node0/nvswitch0").front()->capacity.usable = {5e11};
     },
     "faster_than_line", Severity::error, "node0/gpu0 -> node0/nvswitch0", "usable at 500 GB/s"},
    {"MeasuredAboveLine", "dgx-h100", 1,
     [](Topology& topology) {
       links_between(topology, "node0/gpu0", "node0/nvswitch0").front()->capacity.measured = {6e11};
     },
     "faster_than_line", Severity::error, "node0/gpu0 -> node0/nvswitch0", "measured at 600 GB/s"},
    {"GpuSlotOfOneLane", "dgx-h100", 1,
     [](Topology& topology) { set_rate(topology, "node0/gpu3", "node0/pcisw3", pcie_rate(32, 1)); }, "slot_too_slow",
     Severity::warning, "node0/gpu3", "runs at 3.938 GB/s where a H100 SXM has 63.02 GB/s"},
    {"GpuSlotOfGenOne", "dgx-a100", 1,
     [](Topology& topology) { set_rate(topology, "node0/gpu3", "node0/pcisw1", pcie_rate(2.5, 16)); }, "slot_too_slow",
     Severity::warning, "node0/gpu3", "4 GB/s"},
    {"SlotOfAnUnknownGpu", "dgx-a100", 1,
     [](Topology& topology) {
       device(topology, "node0/gpu3").model = "";
       set_rate(topology, "node0/gpu3", "node0/pcisw1", pcie_rate(16, 4));
     },
     "slot_too_slow", Severity::warning, "node0/gpu3", "(x1, x4 or Gen1)"},
    {"NicSlotOfFourLanes", "dgx-h100", 1,
     [](Topology& topology) { set_rate(topology, "node0/nic2", "node0/pcisw2", pcie_rate(32, 4)); }, "slot_too_slow",
     Severity::warning, "node0/nic2", "where its like have 63.02 GB/s"},
    {"NicFasterThanItsSlot", "dgx-h100", 1,
     [](Topology& topology) { set_rate(topology, "node0/nic2", "node0/pcisw2", pcie_rate(16, 16)); },
     "nic_faster_than_slot", Severity::warning, "node0/nic2",
     "brings 50 GB/s from the network into a PCIe slot of 31.51"},
    {"PortsThatShareASlot", "dgx-a100", 1,
     [](Topology& topology) {
       device(topology, "node0/nic0").address = "0000:18:00.0";
       device(topology, "node0/nic1").address = "0000:18:00.1";
     },
     "nic_faster_than_slot", Severity::warning, "node0/nic0", "ports of this NIC together bring 50 GB/s"},
    {"PortInTheWrongUnit", "dgx-h100", 1,
     [](Topology& topology) { links_between(topology, "node0/nic2", "leaf2").front()->capacity.line = {25e12}; },
     "rate_unit", Severity::warning, "node0/nic2 -> leaf2", "the unit was misread"},
    {"TwoDevicesOfOneAddress", "dgx-h100", 1,
     [](Topology& topology) {
       device(topology, "node0/gpu2").address = device(topology, "node0/gpu6").address = "0000:9d:00.0";
     },
     "duplicate_address", Severity::warning, "node0/gpu2", "node0/gpu2, node0/gpu6 have one PCI address"},
    {"TwoNicsOfOneAddress", "dgx-h100", 1,
     [](Topology& topology) {
       device(topology, "node0/nic2").address = device(topology, "node0/nic3").address = "0000:9d:00.0";
     },
     "duplicate_address", Severity::note, "node0/nic2", "ports of one function"},
    {"TwoNicsOfOneGuid", "dgx-h100", 2,
     [](Topology& topology) {
       device(topology, "node0/nic2").guid = device(topology, "node1/nic2").guid = "b83fd2030091b2a4";
     },
     "shared_guid", Severity::warning, "node0/nic2", "node0/nic2, node1/nic2 have one GUID"},
    {"NicsOnOneSideOnly", "dgx-h100", 1,
     [](Topology& topology) {
       for (const auto* nic : {"node0/nic4", "node0/nic5", "node0/nic6", "node0/nic7"}) cut_all(topology, nic);
     },
     "uneven_nics", Severity::note, "node0", "4 NICs for 4 GPUs at node0/cpu0, 0 NICs for 4 GPUs at node0/cpu1"},
    {"HostThatLostANic", "dgx-h100", 3, [](Topology& topology) { cut(topology, "node1/nic2", "leaf2"); },
     "uneven_hosts", Severity::warning, "node1", "350 GB/s of network where most hosts"},
    {"TwoHostsThatDiffer", "dgx-h100", 2, [](Topology& topology) { cut(topology, "node1/nic2", "leaf2"); },
     "uneven_hosts", Severity::warning, "node1", "where node0 with the same GPUs have"},
    {"GpuThatNothingReaches", "dgx-h100", 1, [](Topology& topology) { cut_all(topology, "node0/gpu4"); },
     "gpu_unreachable", Severity::error, "node0/gpu4", "no link leads from this GPU"},
    {"NicThatNothingReaches", "dgx-h100", 1, [](Topology& topology) { cut(topology, "node0/nic4", "node0/pcisw4"); },
     "nic_unreachable", Severity::warning, "node0/nic4", "counts for nothing"},
    {"HostsWithoutAFabric", "aws-p4d", 2, [](Topology& topology) { cut_all(topology, "leaf0"); }, "separate_islands",
     Severity::note, "node1/gpu0", "in 2 parts"},
    {"LeafThatLostUplinks", "rail-optimized-ndr", 64, [](Topology& topology) { cut(topology, "leaf3", "spine5"); },
     "fewer_uplinks", Severity::warning, "leaf3", "uplinks where most of its tier have 32"},
    {"HalfDeadCableToANode", "rail-optimized-ndr", 64,
     [](Topology& topology) { set_rate(topology, "node9/nic1", "leaf1", {25e9}); }, "slow_cable", Severity::warning,
     "node9/nic1 -> leaf1", "25 GB/s where its like run at 50 GB/s"},
    {"HalfDeadCableBetweenSwitches", "rail-optimized-ndr", 64,
     [](Topology& topology) {
       for (Link* link : links_between(topology, "leaf3", "spine5")) link->capacity.line.value /= 2;
     },
     "slow_cable", Severity::warning, "leaf3 -> spine5", "25 GB/s"},
    {"UnknownRates", "dgx-h100", 1,
     [](Topology& topology) {
       for (Link* link : links_between(topology, "node0/gpu0", "node0/nvswitch0"))
         link->capacity = unknown_rate("lost");
     },
     "unknown_rates", Severity::note, "node0/gpu0 -> node0/nvswitch0", "2 of 146 links have no known rate"},
    {"AssumedRates", "torus-3d", 64,
     [](Topology& topology) { topology.links[0].capacity.certainty = Certainty::assumed; }, "assumed_rates",
     Severity::note, "node0/chip0 -> node16/chip0", "1 of 384 links"},
    {"NoGpu", "torus-3d", 64,
     [](Topology& topology) {
       for (Device& each : topology.devices) each.kind = DeviceKind::nic;
     },
     "no_gpu", Severity::note, "the whole graph", "there is no GPU"},
};

INSTANTIATE_TEST_SUITE_P(Doctor, BrokenMachine, testing::ValuesIn(kFaults),
                         [](const auto& tested) { return tested.param.name; });

TEST(Doctor, SaysNothingOfAnEmptyGraphButThatThereIsNoGpu) {
  const std::vector<Finding> found = examine({});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].code, "no_gpu");
}

TEST(Doctor, PutsTheWorstFirstAndThenFollowsTheDevices) {
  Topology topology = expand_template("dgx-h100", 2).topology;
  set_rate(topology, "node0/gpu3", "node0/pcisw3", pcie_rate(32, 1));
  cut(topology, "node1/gpu7", "node1/nvswitch0");
  cut(topology, "node1/gpu2", "node1/nvswitch0");
  const std::vector<Finding> found = examine(topology);
  ASSERT_GE(found.size(), 3u);
  EXPECT_EQ(found[0].place, "node1/gpu2");
  EXPECT_EQ(found[1].place, "node1/gpu7");
  EXPECT_EQ(found[2].place, "node0/gpu3");
  EXPECT_TRUE(std::ranges::is_sorted(found, std::ranges::greater{}, &Finding::severity));
}

TEST(Doctor, ShowsTwentyFindingsOfACodeAndCountsTheRest) {
  Topology topology = expand_template("dgx-h100", 50).topology;
  for (int node = 0; node < 50; ++node) {
    const std::string host = "node" + std::to_string(node);
    set_rate(topology, host + "/gpu0", host + "/pcisw0", pcie_rate(2.5, 16));
  }
  const std::vector<Finding> found = with_code(topology, "slot_too_slow");
  ASSERT_EQ(found.size(), 21u);
  EXPECT_EQ(found[0].place, "node0/gpu0");
  EXPECT_THAT(found[20].meaning, HasSubstr("30 more places"));
  EXPECT_EQ(found[20].severity, Severity::warning);
}

TEST(Doctor, LetsMachinesBeUnevenByDesign) {
  // Half of the GCDs of an MI250X node have one link less; a management NIC is slow and sits in a narrow slot.
  Topology topology = expand_template("mi250x", 2).topology;
  const int nic = add_device(topology, {.id = "node0/eth0", .kind = DeviceKind::nic, .model = "I210", .host = "node0"});
  join(topology, nic, index_of(topology, "node0/cpu0"),
       {.kind = LinkKind::pcie, .capacity = stated_rate(pcie_rate(2.5, 1), "sysfs")});
  for (const Finding& finding : examine(topology)) {
    const auto worst = finding.code == "uneven_hosts" ? Severity::warning : Severity::note;
    EXPECT_LE(finding.severity, worst) << finding.meaning;
  }
}

TEST(Doctor, NamesDevicesSoThatLimitsCanRepeatTheFinding) {
  Topology topology = expand_template("dgx-h100", 1).topology;
  cut(topology, "node0/gpu2", "node0/nvswitch0");
  const std::vector<Finding> found = with_code(topology, "gpu_without_nvswitch");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_THAT(found[0].devices, Contains("node0/gpu2"));
}

}  // namespace
}  // namespace muster
