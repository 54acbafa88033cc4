// SPDX-License-Identifier: Apache-2.0
// hwloc's XML of three versions, in small files of our own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/error.hpp"
#include "topology/readers/formats.hpp"

namespace muster {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Imported read(const std::string& inside, const std::string& version = " version=\"2.0\"",
              const std::string& behind = "") {
  return read_hwloc_xml({.text = "<!DOCTYPE topology SYSTEM \"hwloc2.dtd\">\n<topology" + version +
                                 ">\n<object type=\"Machine\">" + inside + "</object>" + behind + "</topology>",
                         .origin = "h.xml"});
}

std::string object(const std::string& attributes, const std::string& inside = "") {
  return "<object " + attributes + ">" + inside + "</object>";
}

std::string info(const std::string& name, const std::string& value) {
  return "<info name=\"" + name + "\" value=\"" + value + "\"/>";
}

std::string gpu(const std::string& busid, const std::string& inside = "", int number = 0) {
  return object("type=\"PCIDev\" pci_busid=\"" + busid +
                    "\" pci_type=\"0302 [10de:1db8] [10de:131d] a1 00\" pci_link_speed=\"15.5\""
                    " gp_index=\"" +
                    std::to_string(number) + "\"",
                inside);
}

std::string nic(const std::string& busid, const std::string& inside = "") {
  return object("type=\"PCIDev\" pci_busid=\"" + busid +
                    "\" pci_type=\"0207 [15b3:1019] [1014:0617] 00\" pci_link_speed=\"7.75\"",
                inside);
}

std::string bridge(const std::string& busid, const std::string& inside, const std::string& speed = "0") {
  return object("type=\"Bridge\" bridge_type=\"1-1\" pci_busid=\"" + busid + "\" pci_link_speed=\"" + speed + "\"",
                inside);
}

std::vector<std::string> ids(const Imported& imported) {
  std::vector<std::string> found;
  for (const Device& each : imported.topology.devices) found.push_back(each.id);
  return found;
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

TEST(HwlocXml, AHostCarriesItsNameCoresMemoryAndCaches) {
  const std::string core = object("type=\"L2Cache\" cache_size=\"1024\" cache_type=\"0\"",
                                  object("type=\"L1iCache\" cache_size=\"9999\" cache_type=\"2\"",
                                         object("type=\"Core\"", object("type=\"PU\"") + object("type=\"PU\""))));
  const Imported imported = read(
      info("HostName", "node7") +
      object("type=\"Package\"", info("CPUModel", "Fast One") + object("type=\"NUMANode\" local_memory=\"4096\"") +
                                     object("type=\"L3Cache\" cache_size=\"2048\" cache_type=\"0\"", core + core)));
  const Host& host = imported.topology.hosts.at(0);
  EXPECT_EQ(host.name, "node7");
  EXPECT_EQ(host.cpu_model, "Fast One");
  EXPECT_EQ(host.physical_cores, 2);
  EXPECT_EQ(host.logical_cpus, 4);
  EXPECT_EQ(host.memory.value, 4096u);
  ASSERT_EQ(host.levels.size(), 3u);
  EXPECT_EQ(host.levels[1].name, "L3");
  EXPECT_EQ(host.levels[1].cores, 2);
}

TEST(HwlocXml, VersionOneHasSocketsAndCachesOfOneType) {
  const Imported imported = read(
      object("type=\"NUMANode\" local_memory=\"1000\"",
             object("type=\"Socket\"",
                    object("type=\"Cache\" depth=\"1\" cache_size=\"32\" cache_type=\"1\"", object("type=\"PU\"")))) +
          object("type=\"NUMANode\" local_memory=\"1000\"", object("type=\"Socket\"")),
      "");
  EXPECT_THAT(ids(imported), ElementsAre("host0/cpu0", "host0/cpu1"));
  EXPECT_EQ(imported.topology.hosts[0].memory.value, 2000u);
  EXPECT_EQ(imported.topology.hosts[0].levels[0].name, "L1");
}

TEST(HwlocXml, VersionThreeTellsKindsOfDevicesInBits) {
  const std::string fabric =
      object("type=\"OSDev\" name=\"mlx5_0\" osdev_type=\"48\"", info("NodeGUID", "506b:4B03:003c:eee8"));
  const std::string network = object("type=\"OSDev\" name=\"ib0\" osdev_type=\"16\"");
  const Imported imported = read(object("type=\"Package\"", nic("0000:01:00.0", network + fabric)), " version=\"3.0\"");
  EXPECT_EQ(device(imported, "host0/nic:mlx5_0").guid, "506b4b03003ceee8");
  EXPECT_EQ(device(imported, "host0/nic:mlx5_0").address, "0000:01:00.0");
  EXPECT_EQ(link(imported, "host0/nic:mlx5_0", "network").kind, LinkKind::infiniband);
}

TEST(HwlocXml, BridgesWithOneWayVanishAndOthersAreSwitches) {
  const std::string slot = bridge("0000:02:00.0", gpu("0000:03:00.0"), "3.9");
  const Imported imported = read(object(
      "type=\"Package\"", object("type=\"Bridge\" bridge_type=\"0-1\"",
                                 bridge("0000:00:01.0", bridge("0000:01:00.0", slot + nic("0000:04:00.0")), "15.0"))));
  EXPECT_THAT(ids(imported), ElementsAre("host0/cpu0", "host0/pcisw:0000:01:00.0", "host0/gpu:0000:03:00.0",
                                         "host0/nic:0000:04:00.0", "network"));
  EXPECT_EQ(link(imported, "host0/cpu0", "host0/pcisw:0000:01:00.0").capacity.usable.value, 15e9);
  EXPECT_EQ(link(imported, "host0/pcisw:0000:01:00.0", "host0/gpu:0000:03:00.0").capacity.usable.value, 3.9e9);
  EXPECT_EQ(link(imported, "host0/pcisw:0000:01:00.0", "host0/nic:0000:04:00.0").capacity.line.value, 0);
}

TEST(HwlocXml, APackageInsideOfAPackageIsPartOfIt) {
  const std::string inner = object("type=\"Package\" os_index=\"1\"", gpu("0000:10:00.0"));
  const Imported imported = read(object("type=\"Package\" os_index=\"0\"", inner));
  EXPECT_EQ(std::ranges::count(imported.topology.devices, DeviceKind::cpu, &Device::kind), 1);
  EXPECT_EQ(std::ranges::count(imported.topology.devices, DeviceKind::gpu, &Device::kind), 1);
}

TEST(HwlocXml, WhatHangsHigherIsNearToAllPackagesBelow) {
  const std::string package = object("type=\"Package\"");
  const Imported imported = read(object("type=\"Group\"", package + package + gpu("0000:03:00.0")) + package);
  EXPECT_NO_THROW(link(imported, "host0/cpu0", "host0/gpu:0000:03:00.0"));
  EXPECT_NO_THROW(link(imported, "host0/cpu1", "host0/gpu:0000:03:00.0"));
  EXPECT_THROW(link(imported, "host0/cpu2", "host0/gpu:0000:03:00.0"), Error);
}

TEST(HwlocXml, GpusAreNumberedByTheirLibraryElseByAddress) {
  const std::string nvml =
      object("type=\"OSDev\" name=\"nvml5\" osdev_type=\"1\"", info("GPUModel", "Tesla V100-SXM3-32GB"));
  const Imported named = read(gpu("0000:01:00.0", nvml));
  EXPECT_EQ(named.topology.devices.at(1).index, 5);
  EXPECT_EQ(named.topology.devices.at(1).model, "Tesla V100-SXM3-32GB");
  const Imported unnamed = read(gpu("0000:02:00.0") + gpu("0000:01:00.0"));
  EXPECT_EQ(device(unnamed, "host0/gpu:0000:01:00.0").index, 0);
  EXPECT_EQ(device(unnamed, "host0/gpu:0000:02:00.0").index, 1);
}

TEST(HwlocXml, AConsoleIsNoGpu) {
  const Imported imported = read(object("type=\"PCIDev\" pci_type=\"0300 [1002:515e] [0000:0000] 00\"") +
                                 object("type=\"PCIDev\" pci_type=\"0300 [1a03:2000] [0000:0000] 00\""));
  EXPECT_THAT(ids(imported), ElementsAre("host0/cpu0"));
}

const std::string kSwitch =
    object("type=\"PCIDev\" gp_index=\"9\" subtype=\"NVSwitch\" pci_type=\"0680 [10de:1ac2] [0000:0000] a1\"");

std::string matrix(const std::string& objects, const std::string& values) {
  return "<distances2hetero name=\"NVLinkBandwidth\"><indexes>" + objects + "</indexes><u64values>" + values +
         "</u64values></distances2hetero>";
}

TEST(HwlocXml, MatricesOfBandwidthBecomeLinksToOneNvswitch) {
  const std::string nvml =
      object("type=\"OSDev\" gp_index=\"8\" name=\"nvml0\" osdev_type=\"1\"", info("GPUModel", "Tesla V100-SXM3"));
  const Imported imported = read(gpu("0000:01:00.0", nvml, 7) + kSwitch, " version=\"2.0\"",
                                 matrix("OSDev:8 PCIDev:9", "1000000 150000 150000 0"));
  const Link& up = link(imported, "host0/gpu:0000:01:00.0", "host0/nvswitch");
  EXPECT_EQ(up.kind, LinkKind::nvlink);
  EXPECT_EQ(up.count, 6);
  EXPECT_EQ(up.capacity.line.value, 150e9);
  EXPECT_EQ(link(imported, "host0/nvswitch", "host0/gpu:0000:01:00.0").count, 6);
  EXPECT_TRUE(imported.findings.empty());
}

TEST(HwlocXml, AMatrixThatIsNoSquareIsLeftOut) {
  const Imported imported = read(gpu("0000:01:00.0", "", 7) + kSwitch, " version=\"2.0\"", matrix("7 9", "1 2 3"));
  ASSERT_EQ(imported.findings.size(), 1u);
  EXPECT_EQ(imported.findings[0].code, "bad_matrix");
}

TEST(HwlocXml, ANewerVersionIsReadWithAWarning) {
  EXPECT_EQ(read("", " version=\"9.1\"").findings.at(0).code, "newer_version");
}

TEST(HwlocXml, WhatIsNoMachineIsRefusedWithItsLine) {
  const auto refusal = [](const std::string& text) -> std::string {
    try {
      read_hwloc_xml({.text = text, .origin = "h.xml"});
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_THAT(refusal("<topology/>"), HasSubstr("h.xml:1: holds no object of type Machine"));
  std::string packages = "<topology><object type=\"Machine\">";
  for (int i = 0; i < 300; ++i) packages += object("type=\"Package\"");
  EXPECT_THAT(refusal(packages + "</object></topology>"), HasSubstr("more than 256 packages"));
}

}  // namespace
}  // namespace muster
