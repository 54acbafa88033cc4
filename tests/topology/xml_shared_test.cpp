// SPDX-License-Identifier: Apache-2.0
// Real XML descriptions, read where they lie: each becomes a graph with the GPUs and NICs that MANIFEST.tsv counts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "core/error.hpp"
#include "topology/host_hwloc.hpp"
#include "topology/readers/formats.hpp"

namespace muster {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

fs::path shared_topologies() {
  const char* folder = std::getenv("MUSTER_SHARED");
  return fs::path(folder == nullptr ? MUSTER_SHARED_FOLDER : folder) / "topologies";
}

struct Counts {
  int gpus = 0;
  int nics = 0;
  bool operator==(const Counts&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Counts& counts) {
  return out << counts.gpus << " GPUs, " << counts.nics << " NICs";
}

/// By path from the folder of topologies; rows that leave a count out are not here.
std::map<std::string, Counts> manifest() {
  std::map<std::string, Counts> counts;
  std::ifstream file(shared_topologies() / "MANIFEST.tsv");
  for (std::string row; std::getline(file, row);) {
    std::vector<std::string> cells;
    std::istringstream stream(row);
    for (std::string cell; std::getline(stream, cell, '\t');) cells.push_back(cell);
    if (cells.size() < 5 || cells[3].empty() || cells[4].empty() || cells[0] == "file") continue;
    counts[cells[0]] = {std::stoi(cells[3]), std::stoi(cells[4])};
  }
  return counts;
}

/// Where the MANIFEST counts otherwise.
const std::map<std::string, Counts>& exceptions() {
  static const std::map<std::string, Counts> known = {
      // FlagCX names the NICs of its GPUs; the MANIFEST counts <net> elements.
      {"nccl-xml/flagcx_perf_topo_demo.xml", {2, 2}},
      {"nccl-xml/flagcx_unittopo_demo.xml", {8, 2}},
      // Not a GPU: ATI's ES1000, the console of a server. NICs of InfiniBand's old PCI class are not in the MANIFEST.
      {"hwloc-xml/hwloc_24em64t-2n6c2t-pci.xml", {3, 3}},
      {"hwloc-xml/hwloc_linux_40intel64-2g2n4c+pcilocality.xml", {0, 5}},
  };
  return known;
}

Counts count(const Topology& topology) {
  Counts counts;
  for (const Device& device : topology.devices) {
    counts.gpus += device.kind == DeviceKind::gpu ? 1 : 0;
    counts.nics += device.kind == DeviceKind::nic ? 1 : 0;
  }
  return counts;
}

Imported read(const std::string& name, Imported (*reader)(const ReadRequest&)) {
  const fs::path path = shared_topologies() / name;
  const std::string text = read_file(path, kMaxDescription);
  return reader({.text = text, .origin = path});
}

class SharedXml : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(shared_topologies())) GTEST_SKIP() << "there is no folder " << shared_topologies();
  }

  /// Every file of the folder, sorted.
  static std::vector<std::string> files(const std::string& folder) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(shared_topologies() / folder)) {
      names.push_back(folder + "/" + entry.path().filename().string());
    }
    std::ranges::sort(names);
    EXPECT_FALSE(names.empty()) << folder;
    return names;
  }

  static void expect_all_read(const std::string& folder, bool (*recognises)(std::string_view),
                              Imported (*reader)(const ReadRequest&)) {
    const auto counts = manifest();
    for (const std::string& name : files(folder)) {
      SCOPED_TRACE(name);
      EXPECT_TRUE(recognises(read_file(shared_topologies() / name)));
      const Imported imported = read(name, reader);
      const auto wanted = exceptions().contains(name) ? exceptions().find(name) : counts.find(name);
      if (wanted != exceptions().end() && wanted != counts.end()) {
        EXPECT_EQ(count(imported.topology), wanted->second);
      }
      const Json json = to_json(imported.topology);
      EXPECT_EQ(to_json(topology_from_json(json, "cluster.json")), json);
    }
  }
};

bool has(const Imported& imported, std::string_view code) {
  return std::ranges::any_of(imported.findings, [&](const Finding& finding) { return finding.code == code; });
}

TEST_F(SharedXml, EveryNcclTopologyIsReadWithTheGpusAndNicsItHas) {
  expect_all_read("nccl-xml", is_nccl_topology, read_nccl_topology);
}

TEST_F(SharedXml, EveryNcclGraphIsRead) { expect_all_read("nccl-graph-xml", is_nccl_graph, read_nccl_graph); }

TEST_F(SharedXml, EveryHwlocFileIsReadWithTheGpusAndNicsItHas) {
  expect_all_read("hwloc-xml", is_hwloc_xml, read_hwloc_xml);
}

TEST_F(SharedXml, TheMachineWhoseGpusLinkToThemselvesIsToldSo) {
  const Imported imported = read("nccl-xml/azure_ncv4-topo.xml", read_nccl_topology);
  EXPECT_EQ(std::ranges::count(imported.findings, "self_link", &Finding::code), 4);
}

TEST_F(SharedXml, SpeedsInTheWrongUnitAreSuspected) {
  EXPECT_TRUE(has(read("nccl-xml/rccl_4p_940.xml", read_nccl_topology), "unit_suspicion"));
  EXPECT_FALSE(has(read("nccl-xml/rccl_8p_940.xml", read_nccl_topology), "unit_suspicion"));
}

TEST_F(SharedXml, DgxTwoHasSixteenGpusWithSixNvlinksEach) {
  const Topology dgx2 = read("hwloc-xml/hwloc_nvidiaDGX2.xml", read_hwloc_xml).topology;
  int links = 0;
  for (const Link& link : dgx2.links) {
    if (link.kind != LinkKind::nvlink) continue;
    ++links;
    EXPECT_EQ(link.capacity.line.value, 150e9);
    EXPECT_EQ(link.count, 6);
  }
  EXPECT_EQ(links, 2 * 16);
}

TEST_F(SharedXml, NicsOfLassenCarryTheGuidThatTheFabricKnows) {
  const Topology lassen = read("hwloc-xml/mpibind_coral-lassen.xml", read_hwloc_xml).topology;
  EXPECT_TRUE(
      std::ranges::any_of(lassen.devices, [](const Device& device) { return device.guid == "506b4b03003ceee8"; }));
}

TEST_F(SharedXml, EveryFileThereEndsInAGraphOrInOneLine) {
  int graphs = 0;
  for (const auto& entry : fs::recursive_directory_iterator(shared_topologies())) {
    if (!entry.is_regular_file()) continue;
    SCOPED_TRACE(entry.path());
    try {
      EXPECT_FALSE(read_description_file(entry.path(), "").topology.devices.empty());
      ++graphs;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), AllOf(HasSubstr(entry.path().string()), Not(HasSubstr("\n"))));
    }
  }
  EXPECT_GE(graphs, 137);
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

TEST_F(SharedXml, CopiesOfSysAndProcAreReadAndTheEnvironmentStays) {
  const fs::path scratch = fs::path(testing::TempDir()) / "muster_sysfs";
  for (const std::string& name : files("hwloc-sysfs")) {
    SCOPED_TRACE(name);
    fs::remove_all(scratch);
    fs::create_directories(scratch);
    const std::string archive = (shared_topologies() / name).string();
    const std::string command = "tar xjf '" + archive + "' -C '" + scratch.string() + "'";
    if (std::system(command.c_str()) != 0) GTEST_SKIP() << "tar cannot unpack bzip2 here";
    const std::string inside = fs::directory_iterator(scratch)->path();
    const Imported imported = read_host_folder(inside);
    EXPECT_GE(imported.topology.hosts.at(0).logical_cpus, 16);
    EXPECT_EQ(environment("HWLOC_FSROOT"), "");
    EXPECT_EQ(environment("HWLOC_COMPONENTS"), "");
    EXPECT_THROW(read_host_folder(scratch), Error);
  }
  fs::remove_all(scratch);
}

}  // namespace
}  // namespace muster
