// SPDX-License-Identifier: Apache-2.0
// One system out of several descriptions: hosts with their fabric, one host described twice, and what does not fit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/error.hpp"
#include "tests/topology/graph_queries.hpp"
#include "tests/topology/text_fixtures.hpp"
#include "topology/disjoint_sets.hpp"
#include "topology/readers/readers.hpp"

namespace muster {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Imported read(std::string_view text, const std::string& model = "") {
  return read_description({.text = text, .origin = "some.file", .gpu_model = model});
}

/// Two GPUs below one switch each with a NIC; GUIDs make the host known.
std::string nccl_host(const std::string& first_guid, const std::string& second_guid,
                      const std::string& speed = "400000") {
  const auto slot = [&](int number, const std::string& guid) {
    const std::string digit = std::to_string(number);
    return "<pci busid=\"0000:" + digit +
           "0:00.0\" class=\"0x060400\" link_speed=\"32.0 GT/s PCIe\" link_width=\"16\">"
           "<pci busid=\"0000:" +
           digit +
           "1:00.0\" class=\"0x030200\" link_speed=\"32.0 GT/s PCIe\" link_width=\"16\">"
           "<gpu dev=\"" +
           digit + "\" sm=\"90\" rank=\"" + digit +
           "\" gdr=\"1\"><nvlink target=\"0000:f0:00.0\" count=\"18\" "
           "tclass=\"0x068000\"/></gpu></pci>"
           "<pci busid=\"0000:" +
           digit +
           "2:00.0\" class=\"0x020700\" link_speed=\"32.0 GT/s PCIe\" link_width=\"16\">"
           "<nic><net name=\"mlx5_" +
           digit + "\" dev=\"" + digit + "\" speed=\"" + speed + "\" port=\"1\" guid=\"" + guid +
           "\" gdr=\"1\"/></nic></pci></pci>";
  };
  return "<system version=\"1\"><cpu numaid=\"0\" arch=\"x86_64\" vendor=\"GenuineIntel\" familyid=\"6\" "
         "modelid=\"143\">" +
         slot(0, first_guid) + slot(1, second_guid) + "</cpu></system>";
}

std::string cluster_of_two() {
  Topology cluster;
  for (const std::string host : {"node1", "node2"}) {
    cluster.hosts.push_back({.name = host});
    for (int index = 0; index < 2; ++index) {
      const std::string number = std::to_string(index);
      const int gpu =
          add_device(cluster, {.id = host + "/gpu" + number, .kind = DeviceKind::gpu, .host = host, .index = index});
      const int nic = add_device(
          cluster, {.id = host + "/nic:mlx5_" + number, .kind = DeviceKind::nic, .host = host, .index = index});
      join(cluster, gpu, nic, {.kind = LinkKind::pcie, .capacity = stated_rate({63e9}, "by hand")});
    }
  }
  return to_document(to_json(cluster));
}

bool are_reachable(const Topology& topology, const std::string& one, const std::string& other) {
  const int end = static_cast<int>(topology.devices.size());
  if (index_of(topology, one) == end || index_of(topology, other) == end) return false;
  DisjointSets joined(end);
  for (const Link& link : topology.links) joined.unite(link.source, link.target);
  return joined.find(index_of(topology, one)) == joined.find(index_of(topology, other));
}

std::vector<std::string> ids_of(const Topology& topology, DeviceKind kind) {
  std::vector<std::string> ids;
  for (const Device& device : topology.devices) {
    if (device.kind == kind) ids.push_back(device.id);
  }
  return ids;
}

const Device& device(const Topology& topology, const std::string& id) {
  return topology.devices.at(static_cast<std::size_t>(index_of(topology, id)));
}

Imported merged(std::vector<Imported> parts) {
  Imported whole = merge(std::move(parts));
  // Whatever came out can be written, and read back.
  EXPECT_NO_THROW(topology_from_json(to_json(whole.topology), "merged"));
  return whole;
}

TEST(Merge, JoinsHostsToTheirFabricByGuid) {
  const Imported whole =
      merged({read(nccl_host("0xb10", "0xb11")), read(fixtures::kFabric), read(nccl_host("0xb20", "0xb21"))});
  const Topology& graph = whole.topology;
  EXPECT_THAT(whole.findings, Not(Contains(Field(&Finding::code, "not_joined"))));
  EXPECT_EQ(count_of(graph, DeviceKind::gpu), 4);
  EXPECT_EQ(count_of(graph, DeviceKind::nic), 4);
  EXPECT_EQ(count_of(graph, DeviceKind::network_switch), 3) << "the placeholder of the network is gone";
  EXPECT_THAT(ids_of(graph, DeviceKind::gpu), ElementsAre("node1/gpu0", "node1/gpu1", "node2/gpu0", "node2/gpu1"));
  EXPECT_TRUE(are_reachable(graph, "node1/gpu0", "node2/gpu1"));
  EXPECT_EQ(rate_between(graph, "node1/nic:mlx5_1", "leaf1"), 50e9);
  EXPECT_EQ(rate_between(graph, "leaf0", "node2/nic:mlx5_0"), 50e9);
  EXPECT_EQ(graph.hosts.size(), 2U);
  EXPECT_EQ(rank_devices(graph).size(), 4U);
}

TEST(Merge, JoinsHostsToTheirFabricByNameAndAdapter) {
  const Imported whole = merged({read(fixtures::kFabric), read(cluster_of_two())});
  EXPECT_EQ(count_of(whole.topology, DeviceKind::nic), 4);
  EXPECT_TRUE(are_reachable(whole.topology, "node1/gpu0", "node2/gpu1"));
  EXPECT_EQ(device(whole.topology, "node2/nic:mlx5_1").guid, "0000000000000b21");
  EXPECT_EQ(device(whole.topology, "node2/nic:mlx5_1").rail, 1);
  EXPECT_EQ(rate_between(whole.topology, "node2/gpu1", "node2/nic:mlx5_1"), 63e9);
}

TEST(Merge, GivesTheSameGraphInWhateverOrder) {
  const auto devices = [](const Imported& whole) {
    std::vector<std::string> ids;
    for (const Device& each : whole.topology.devices) ids.push_back(each.id + " of " + each.host);
    std::ranges::sort(ids);
    return ids;
  };
  const std::string one = nccl_host("0xb10", "0xb11");
  const std::string two = nccl_host("0xb20", "0xb21");
  const auto expected = devices(merged({read(one), read(fixtures::kFabric), read(two)}));
  EXPECT_EQ(devices(merged({read(two), read(one), read(fixtures::kFabric)})), expected);
  EXPECT_EQ(devices(merged({read(fixtures::kFabric), read(two), read(one)})), expected);
}

TEST(Merge, JoinsAKernelsNamesOfAdaptersWithTheDriversNames) {
  const Imported whole = merged({read(cluster_of_two()), read(fixtures::kFabricPorts)});
  EXPECT_EQ(rate_between(whole.topology, "node1/nic:mlx5_0", "leaf 0"), 4e9) << "HCA-1 is mlx5_0";
  EXPECT_EQ(count_of(whole.topology, DeviceKind::nic), 4);
}

TEST(Merge, HangsAllNicsOnTheLeafThatASchedulerNames) {
  const Imported whole = merged({read(cluster_of_two()), read("SwitchName=leaf Nodes=node[1-2]\n")});
  EXPECT_EQ(count_of(whole.topology, DeviceKind::nic), 4);
  EXPECT_TRUE(are_reachable(whole.topology, "node1/gpu1", "leaf"));
  EXPECT_TRUE(are_reachable(whole.topology, "node1/gpu0", "node2/gpu1"));
}

TEST(Merge, MakesOneOfAHostThatIsDescribedTwice) {
  constexpr std::string_view kTable =
      "\tGPU0\tGPU1\tNIC0\tNIC1\tCPU Affinity\tNUMA Affinity\n"
      "GPU0\t X \tNV18\tPIX\tNODE\t0-31\t0\n"
      "GPU1\tNV18\t X \tNODE\tPIX\t0-31\t0\n"
      "NIC0\tPIX\tNODE\t X \tNODE\n"
      "NIC1\tNODE\tPIX\tNODE\t X \n"
      "\nNIC Legend:\n  NIC0: mlx5_0\n  NIC1: mlx5_1\n";
  const Imported alone = read(nccl_host("0xb10", "0xb11"));
  const Imported whole = merged({read(kTable, "H100"), alone});
  EXPECT_EQ(count_of(whole.topology, DeviceKind::gpu), 2);
  EXPECT_EQ(count_of(whole.topology, DeviceKind::nic), 2);
  EXPECT_EQ(count_of(whole.topology, DeviceKind::cpu), 1);
  EXPECT_EQ(count_of(whole.topology, DeviceKind::pcisw), count_of(alone.topology, DeviceKind::pcisw));
  EXPECT_EQ(count_of(whole.topology, DeviceKind::nvswitch), 1);
  EXPECT_EQ(whole.topology.links.size(), alone.topology.links.size());
}

TEST(Merge, KeepsTwoHostsOfOneFormatApart) {
  const Imported whole = merged({read(nccl_host("0xb10", "0xb11")), read(nccl_host("0xb20", "0xb21"))});
  EXPECT_THAT(ids_of(whole.topology, DeviceKind::gpu),
              ElementsAre("host0/gpu0", "host0/gpu1", "host1/gpu0", "host1/gpu1"));
  EXPECT_TRUE(are_reachable(whole.topology, "host0/gpu0", "host1/gpu0")) << "by the network that both stand before";
  const Imported same = merged({read(nccl_host("0xb10", "0xb11")), read(nccl_host("0xb10", "0xb11"))});
  EXPECT_EQ(count_of(same.topology, DeviceKind::gpu), 2) << "the same NICs make it the same host";
}

TEST(Merge, TakesTwoTablesThatNameNoHostForTwoHosts) {
  const Imported whole = merged({read(fixtures::kOldSmi), read(fixtures::kOldSmi)});
  EXPECT_EQ(count_of(whole.topology, DeviceKind::gpu), 8);
  EXPECT_EQ(whole.topology.hosts.size(), 2U);
}

TEST(Merge, TellsWhichHostsTheFabricDoesNotKnow) {
  const Imported whole = merged({read(nccl_host("0xe1", "0xe2")), read(fixtures::kFabric)});
  EXPECT_THAT(whole.findings,
              Contains(AllOf(Field(&Finding::code, "not_joined"), Field(&Finding::severity, Severity::warning),
                             Field(&Finding::devices, ElementsAre("nic:mlx5_0", "nic:mlx5_1")))));
  EXPECT_THAT(whole.findings,
              Contains(AllOf(Field(&Finding::code, "not_joined"),
                             Field(&Finding::meaning, HasSubstr("2 hosts of the fabric have no description")))));
}

TEST(Merge, TellsOfRatesAndCountsThatContradict) {
  const Imported rates = merged({read(nccl_host("0xb10", "0xb11", "200000")), read(fixtures::kFabric)});
  EXPECT_THAT(rates.findings, Contains(AllOf(Field(&Finding::code, "contradiction"),
                                             Field(&Finding::meaning, HasSubstr("state different rates")))));
  Imported lost = read(cluster_of_two());
  std::erase_if(lost.topology.links, [](const Link& link) { return link.source == 0 || link.target == 0; });
  lost.topology.devices.front().kind = DeviceKind::pcisw;
  lost.format = "another";
  EXPECT_THAT(merged({read(cluster_of_two()), lost}).findings,
              Contains(AllOf(Field(&Finding::code, "contradiction"), Field(&Finding::place, "node1"),
                             Field(&Finding::meaning, HasSubstr("2 GPUs, another 1")))));
}

TEST(Merge, TakesTheBestKnownRateOfEachLink) {
  Imported measured = read(cluster_of_two());
  for (Link& link : measured.topology.links) link.capacity = {.measured = {55e9}};
  const Imported whole = merged({measured, read(cluster_of_two())});
  EXPECT_THAT(whole.findings, IsEmpty());
  for (const Link& link : whole.topology.links) {
    EXPECT_EQ(link.capacity.line.value, 63e9);
    EXPECT_EQ(link.capacity.measured.value, 55e9);
    EXPECT_EQ(link.capacity.certainty, Certainty::stated);
  }
}

TEST(Merge, KeepsFindingsAndNamesTheirDevicesAnew) {
  Imported one = read(nccl_host("0xb10", "0xb11"));
  one.findings.push_back({Severity::warning, "odd", "a.xml:1", "is odd", {"gpu1"}});
  const Imported whole = merged({one, read(nccl_host("0xb20", "0xb21"))});
  EXPECT_THAT(whole.findings,
              Contains(AllOf(Field(&Finding::code, "odd"), Field(&Finding::devices, ElementsAre("host0/gpu1")))));
}

TEST(Merge, LeavesOneDescriptionAloneAndRefusesNone) {
  const Imported one = read(fixtures::kFabric);
  EXPECT_EQ(to_json(merge({one}).topology), to_json(one.topology));
  EXPECT_THROW(merge({}), Error);
}

TEST(Merge, GivesTheSameTwice) {
  const auto once = [] {
    return to_json(
        merge({read(nccl_host("0xb10", "0xb11")), read(fixtures::kFabric), read(cluster_of_two())}).topology);
  };
  EXPECT_EQ(once(), once());
}

}  // namespace
}  // namespace muster
