// SPDX-License-Identifier: Apache-2.0
// NCCL topologies: one small file of our own per rule and per oddity that real files have.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/error.hpp"
#include "topology/hardware.hpp"
#include "topology/readers/formats.hpp"
#include "topology/readers/nccl_elements.hpp"
#include "topology/readers/nccl_rates.hpp"

namespace muster {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

Imported read(const std::string& text) { return read_nccl_topology({.text = text, .origin = "t.xml"}); }

/// One host with one NUMA node, an Intel Sapphire Rapids, around the given elements.
std::string host(const std::string& inside) {
  return "<system version=\"1\">\n<cpu numaid=\"0\" arch=\"x86_64\" vendor=\"GenuineIntel\" modelid=\"143\">\n" +
         inside + "</cpu>\n</system>\n";
}

std::string gpu(int dev, const std::string& busid, const std::string& links, const std::string& more = "sm=\"90\"") {
  return "<pci busid=\"" + busid +
         "\" class=\"0x030200\" link_speed=\"32.0 GT/s PCIe\" link_width=\"16\">\n<gpu dev=\"" + std::to_string(dev) +
         "\" rank=\"0\" " + more + ">" + links + "</gpu></pci>\n";
}

std::string nvlink(const std::string& target, int count, const std::string& kind) {
  return "<nvlink target=\"" + target + "\" count=\"" + std::to_string(count) + "\" tclass=\"" + kind + "\"/>";
}

std::string nic(const std::string& net, const std::string& slot = "link_speed=\"32.0 GT/s PCIe\" link_width=\"16\"") {
  return "<pci busid=\"0000:05:00.0\" class=\"0x020700\" " + slot + "><nic>" + net + "</nic></pci>\n";
}

const Device& device(const Imported& imported, const std::string& id) {
  const auto found = std::ranges::find(imported.topology.devices, id, &Device::id);
  if (found == imported.topology.devices.end()) throw Error("the graph has no device " + id);
  return *found;
}

const Link& link(const Imported& imported, const std::string& source, const std::string& target) {
  const auto& devices = imported.topology.devices;
  const auto found = std::ranges::find_if(imported.topology.links, [&](const Link& each) {
    return devices.at(static_cast<std::size_t>(each.source)).id == source &&
           devices.at(static_cast<std::size_t>(each.target)).id == target;
  });
  if (found == imported.topology.links.end()) throw Error("the graph has no link from " + source + " to " + target);
  return *found;
}

std::vector<std::string> codes(const Imported& imported) {
  std::vector<std::string> found;
  for (const Finding& finding : imported.findings) found.push_back(finding.code);
  return found;
}

std::vector<std::string> ids(const Imported& imported) {
  std::vector<std::string> found;
  for (const Device& each : imported.topology.devices) found.push_back(each.id);
  return found;
}

TEST(NcclTopology, GivesDevicesWithPlaceAndOrigin) {
  const Imported imported =
      read(host(gpu(3, "0000:AB:00.0", "") +
                nic("<net name=\"mlx5_0\" dev=\"2\" speed=\"400000\" port=\"1\" guid=\"0xAB12\" gdr=\"1\"/>")));
  EXPECT_THAT(ids(imported), ElementsAre("cpu0", "gpu3", "nic:mlx5_0", "network"));
  EXPECT_EQ(device(imported, "gpu3").index, 3);
  EXPECT_EQ(device(imported, "gpu3").address, "0000:ab:00.0");
  EXPECT_EQ(device(imported, "gpu3").model, "sm_90");
  EXPECT_EQ(device(imported, "nic:mlx5_0").guid, "000000000000ab12");
  EXPECT_TRUE(device(imported, "nic:mlx5_0").can.gdr);
  EXPECT_EQ(link(imported, "nic:mlx5_0", "network").capacity.line.value, 50e9);
  EXPECT_EQ(link(imported, "nic:mlx5_0", "network").kind, LinkKind::infiniband);
  EXPECT_EQ(link(imported, "cpu0", "gpu3").capacity.provenance, "t.xml:3");
  EXPECT_THAT(codes(imported), ElementsAre());
}

TEST(NcclTopology, GuidsAreTurnedToHowTheFabricWritesThem) {
  EXPECT_EQ(normal_nccl_guid("0xf2bb2700034b6b50"), "506b4b030027bbf2");
  EXPECT_EQ(normal_nccl_guid("0xb8599f030007053a"), "b8599f030007053a");
  EXPECT_EQ(normal_nccl_guid("0x1"), "0000000000000001");
  EXPECT_EQ(normal_nccl_guid("0x0"), "");
}

TEST(NcclTopology, KeepsLineRatesApartFromWhatNcclReckonsWith) {
  const Imported imported = read(host(gpu(0, "0000:01:00.0", nvlink("0000:02:00.0", 4, "0x068000"))));
  EXPECT_EQ(link(imported, "cpu0", "gpu0").capacity.line, pcie_rate(32, 16));
  EXPECT_EQ(link(imported, "cpu0", "gpu0").capacity.usable.value, 48e9);
  const Link& up = link(imported, "gpu0", "nvswitch");
  EXPECT_EQ(up.capacity.line.value, 4 * 25e9);
  EXPECT_NEAR(up.capacity.usable.value, 4 * 20.6e9, 1);
  EXPECT_EQ(up.capacity.certainty, Certainty::stated);
  EXPECT_EQ(link(imported, "nvswitch", "gpu0").count, 4);
  EXPECT_TRUE(device(imported, "nvswitch").can.reduce);
}

TEST(NcclTopology, AllNvswitchesAreOneAlsoBehindTheTargetOfVirtualMachines) {
  const Imported imported =
      read(host(gpu(0, "0000:01:00.0", nvlink("0000:0a:00.0", 2, "0x068000") + nvlink("0000:0b:00.0", 2, "0x068000"),
                    "sm=\"80\"") +
                gpu(1, "0000:02:00.0", nvlink("fffffff:ffff:ff", 12, ""), "sm=\"80\"")));
  EXPECT_EQ(link(imported, "gpu0", "nvswitch").count, 4);
  EXPECT_EQ(link(imported, "gpu1", "nvswitch").count, 12);
  EXPECT_FALSE(device(imported, "nvswitch").can.reduce);
}

TEST(NcclTopology, DirectLinksGoAsEachGpuListsThem) {
  const Imported imported = read(host(gpu(0, "0000:01:00.0", nvlink("0000:02:00.0", 2, "0x030200")) +
                                      gpu(1, "0000:02:00.0", nvlink("00000000:01:00.0", 3, "0x030200"))));
  EXPECT_EQ(link(imported, "gpu0", "gpu1").count, 2);
  EXPECT_EQ(link(imported, "gpu1", "gpu0").count, 3);
}

TEST(NcclTopology, ALinkToItselfIsAnErrorAndLeftOut) {
  const Imported imported = read(host(gpu(0, "0000:01:00.0", nvlink("0000:01:00.0", 12, "0x030200"))));
  ASSERT_THAT(codes(imported), ElementsAre("self_link"));
  EXPECT_EQ(imported.findings[0].severity, Severity::error);
  EXPECT_EQ(imported.findings[0].place, "t.xml:4");
  EXPECT_THAT(imported.findings[0].devices, ElementsAre("gpu0"));
  for (const Link& each : imported.topology.links) EXPECT_NE(each.source, each.target);
}

TEST(NcclTopology, LinksToNowhereAndWithoutCountAreLeftOut) {
  const Imported imported =
      read(host(gpu(0, "0000:01:00.0", nvlink("0000:99:00.0", 1, "0x030200") + "<nvlink target=\"x\"/><magic/>")));
  EXPECT_THAT(codes(imported), ElementsAre("link_target_missing", "bad_link_count", "unknown_tag"));
}

TEST(NcclTopology, AmdGpusHaveXgmiByArchitectureNotByTheirComputeUnits) {
  const std::string xgmi = "<xgmi target=\"0000:02:00.0\" count=\"1\" tclass=\"0x120000\"/>";
  const Imported imported = read(host(gpu(0, "0000:01:00.0", xgmi, "sm=\"304\" gcn=\"gfx942\"") +
                                      gpu(1, "0000:02:00.0", "", "sm=\"304\" gcn=\"gfx942\"")));
  EXPECT_EQ(device(imported, "gpu0").model, "gfx942");
  const Link& direct = link(imported, "gpu0", "gpu1");
  EXPECT_EQ(direct.kind, LinkKind::xgmi);
  EXPECT_EQ(direct.capacity.line, *xgmi_rate("gfx942"));
  EXPECT_EQ(direct.capacity.usable.value, 48e9);
}

TEST(NcclTopology, CoherentLinksJoinGpuAndCpu) {
  const Imported imported = read(host(gpu(0, "0000:01:00.0", "<c2c count=\"5\" bw=\"44712\"/>", "sm=\"103\"")));
  const auto& links = imported.topology.links;
  const auto found = std::ranges::find(links, LinkKind::c2c, &Link::kind);
  ASSERT_NE(found, links.end());
  EXPECT_EQ(found->capacity.line.value, 223.56e9);
  EXPECT_EQ(std::ranges::count(links, LinkKind::c2c, &Link::kind), 2);
}

TEST(NcclTopology, PartitionsOfAGpuShareItsLinks) {
  const std::string both =
      "<pci busid=\"0000:01:00.0\" class=\"0x030200\">"
      "<gpu dev=\"0\" sm=\"90\" mlopart=\"0\">" +
      nvlink("", 18, "0x068000") +
      "</gpu>"
      "<gpu dev=\"1\" sm=\"90\" mlopart=\"1\">" +
      nvlink("", 18, "0x068000") + "</gpu></pci>";
  const Imported imported = read(host(both));
  EXPECT_EQ(link(imported, "gpu1", "nvswitch").count, 18);
  EXPECT_EQ(link(imported, "gpu1", "nvswitch").capacity.line.value, 9 * 25e9);
}

TEST(NcclTopology, HintFilesNameGpusAndNicsByClassOnly) {
  const Imported imported =
      read(host("<pci busid=\"0002:00:00.0\" class=\"0x030200\"/><pci busid=\"0001:00:00.0\" class=\"0x030200\"/>"
                "<pci busid=\"0101:00:00.0\" class=\"0x020700\"/><pci busid=\"0000:00:1f.0\"/>"));
  EXPECT_THAT(codes(imported),
              ElementsAre("gpu_without_tag", "gpu_without_tag", "nic_without_net", "function_left_out"));
  EXPECT_EQ(device(imported, "gpu0").address, "0001:00:00.0");
  EXPECT_EQ(device(imported, "gpu1").address, "0002:00:00.0");
  EXPECT_EQ(device(imported, "nic:0101:00:00.0").kind, DeviceKind::nic);
}

TEST(NcclTopology, TheDisplayOfAServerIsNoGpu) {
  const Imported imported = read(host("<pci busid=\"0000:03:00.0\" class=\"0x030000\" vendor=\"0x1a03\"/>"));
  EXPECT_THAT(ids(imported), ElementsAre("cpu0"));
}

TEST(NcclTopology, SlotsSayWhenTheirSpeedOrWidthIsOdd) {
  const auto slot = [](const std::string& text) { return read(host(nic("<net name=\"n\" speed=\"1000\"/>", text))); };
  EXPECT_THAT(codes(slot("link_speed=\"\" link_width=\"0\"")), ElementsAre("unknown_speed"));
  EXPECT_THAT(codes(slot("link_speed=\"8 GT/s\" link_width=\"0\"")), ElementsAre("width_zero"));
  EXPECT_THAT(codes(slot("link_speed=\"8 GT/s\"")), ElementsAre("unknown_width"));
  EXPECT_THAT(codes(slot("link_speed=\"32.0 GT/s\" link_width=\"16\"")), ElementsAre("speed_misread_by_nccl"));
  EXPECT_EQ(link(slot("link_speed=\"32.0 GT/s\" link_width=\"16\""), "cpu0", "nic:n").capacity.line, pcie_rate(32, 16));
  EXPECT_EQ(link(slot("link_speed=\"8 GT/s\" link_width=\"0\""), "cpu0", "nic:n").capacity.certainty,
            Certainty::assumed);
  EXPECT_EQ(link(slot(""), "cpu0", "nic:n").capacity.certainty, Certainty::unknown);
}

TEST(NcclTopology, PortsSayWhenTheirSpeedIsOdd) {
  const auto port = [](const std::string& speed) { return read(host(nic("<net name=\"n\" " + speed + "/>"))); };
  EXPECT_THAT(codes(port("speed=\"-1\"")), ElementsAre("unknown_speed"));
  EXPECT_THAT(codes(port("")), ElementsAre("unknown_speed"));
  const Imported kilobits = port("speed=\"200000000\"");
  EXPECT_THAT(codes(kilobits), ElementsAre("unit_suspicion"));
  EXPECT_EQ(link(kilobits, "nic:n", "network").capacity.line.value, 25e9);
  EXPECT_EQ(link(kilobits, "nic:n", "network").capacity.certainty, Certainty::assumed);
  EXPECT_EQ(link(port("speed=\"9e15\""), "nic:n", "network").capacity.certainty, Certainty::unknown);
}

TEST(NcclTopology, PortsOfOneFunctionShareItsSlot) {
  const Imported imported = read(host(nic("<net name=\"a\" speed=\"200000\"/><net name=\"b\" speed=\"200000\"/>")));
  EXPECT_EQ(link(imported, "cpu0", "pcisw:0000:05:00.0").capacity.line, pcie_rate(32, 16));
  EXPECT_EQ(link(imported, "pcisw:0000:05:00.0", "nic:b").capacity.line.value, 0);
}

TEST(NcclTopology, ABridgeRepeatedUnderEachNumaNodeIsOneNic) {
  const std::string net = "<nic><net name=\"cali0\" dev=\"0\" speed=\"10000\" port=\"0\" guid=\"0x1\"/></nic>";
  const Imported imported =
      read("<system version=\"1\"><cpu numaid=\"0\">" + net + "</cpu><cpu numaid=\"8\">" + net + "</cpu></system>");
  EXPECT_THAT(codes(imported), ElementsAre("repeated_nic"));
  EXPECT_THAT(ids(imported), ElementsAre("cpu0", "nic:cali0", "network", "cpu8"));
  EXPECT_NO_THROW(link(imported, "cpu8", "nic:cali0"));
}

TEST(NcclTopology, HostsOfAFusedDumpAreToldApartByHash) {
  const auto half = [](const std::string& hash) {
    return "<cpu numaid=\"0\" host_hash=\"" + hash + "\" arch=\"arm64\">" +
           gpu(0, "0008:01:00.0", nvlink("fffffff:ff:ff.0", 18, "0x068000"), "sm=\"100\"") + "</cpu>";
  };
  const Imported imported = read("<system version=\"1\">" + half("0xa") + half("0xb") + "</system>");
  EXPECT_THAT(ids(imported), ElementsAre("host0/cpu0", "host0/gpu0", "host1/cpu0", "host1/gpu0", "nvswitch"));
  EXPECT_EQ(link(imported, "host1/gpu0", "nvswitch").capacity.line.value, 18 * 50e9);
  EXPECT_EQ(std::ranges::count(imported.topology.links, LinkKind::smp, &Link::kind), 0);
  EXPECT_EQ(imported.topology.hosts.size(), 2u);
  EXPECT_THAT(codes(imported), ElementsAre());
}

TEST(NcclTopology, AnAddressGivenTwiceIsToldAndLinksGoToTheFirst) {
  const Imported imported = read(host(gpu(0, "0000:01:00.0", "") + gpu(1, "0000:01:00.0", "") +
                                      gpu(2, "0000:02:00.0", nvlink("0000:01:00.0", 1, "0x030200"))));
  EXPECT_THAT(codes(imported), ElementsAre("repeated_busid"));
  EXPECT_NO_THROW(link(imported, "gpu2", "gpu0"));
}

TEST(NcclTopology, FlagcxListsGpusWithTheirNics) {
  const Imported imported =
      read("<system version=\"1\"><gpu dev=\"0\" net=\"mlx5_0\"/><gpu dev=\"1\" net=\"mlx5_0\"/></system>");
  EXPECT_THAT(ids(imported), ElementsAre("gpu0", "nic:mlx5_0", "network", "gpu1"));
}

TEST(NcclTopology, PlanesNeverMeet) {
  const Imported imported = read(
      host(nic("<net name=\"a\" speed=\"1000\" rail=\"3\" plane=\"0\"/><net name=\"b\" speed=\"1000\" plane=\"1\"/>")));
  EXPECT_EQ(device(imported, "nic:a").rail, 3);
  EXPECT_EQ(device(imported, "nic:b").rail, -1);
  EXPECT_NO_THROW(link(imported, "nic:a", "network:plane0"));
  EXPECT_NO_THROW(link(imported, "nic:b", "network:plane1"));
}

TEST(NcclTopology, WhatIsNoTopologyIsRefusedInOneLine) {
  EXPECT_THROW(read("<system version=\"7\"/>"), Error);
  EXPECT_THROW(read("<system version=\"1\"/>"), Error);
  EXPECT_THROW(read("<system version=\"1\"><cpu"), Error);
  std::string many = "<system version=\"1\">";
  for (int i = 0; i < 300; ++i) many += "<cpu/>";
  try {
    read(many + "</system>");
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("t.xml:1: more than 256 NUMA nodes"));
  }
}

TEST(NcclTopology, AFloodOfFindingsIsCounted) {
  std::string flood;
  for (int i = 0; i < 500; ++i) flood += "<pci busid=\"0000:00:00.0\"/>";
  const Imported imported = read(host(flood));
  EXPECT_EQ(imported.findings.size(), 101u);
  EXPECT_THAT(imported.findings.back().meaning, HasSubstr("400 more"));
}

TEST(NcclRates, AreThoseOfItsSources) {
  EXPECT_EQ(nccl_pcie_rate(8, 16).value, 12e9);
  EXPECT_EQ(nccl_pcie_rate(2.5, 16).value, 3e9);
  EXPECT_EQ(nccl_pcie_rate(64, 16).value, 96e9);
  EXPECT_EQ(nccl_socket_rate({"x86_64", "GenuineIntel", 207}).value, 40e9);
  EXPECT_EQ(nccl_socket_rate({"x86_64", "GenuineIntel", 143}).value, 22e9);
  EXPECT_EQ(nccl_socket_rate({"x86_64", "GenuineIntel", 85}).value, 10e9);
  EXPECT_EQ(nccl_socket_rate({"x86_64", "AuthenticAMD", 1}).value, 16e9);
  EXPECT_EQ(nccl_socket_rate({"ppc64", "", 0}).value, 32e9);
  EXPECT_EQ(nccl_nvlink_rate(86).value, 12e9);
  EXPECT_EQ(nccl_nvlink_rate(103).value, 40.1e9);
  EXPECT_TRUE(nccl_knows_pcie_speed("32.0 GT/s PCIe"));
  EXPECT_FALSE(nccl_knows_pcie_speed("32.0 GT/s"));
  EXPECT_FALSE(rccl_xgmi_rate("gfx1100"));
}

}  // namespace
}  // namespace muster
