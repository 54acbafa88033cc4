// SPDX-License-Identifier: Apache-2.0
// Real text and JSON descriptions, read where they lie: each becomes a graph with the GPUs and NICs that MANIFEST.tsv
// counts, or says in one line why not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "core/error.hpp"
#include "tests/topology/graph_queries.hpp"
#include "topology/readers/readers.hpp"

namespace muster {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::Contains;
using testing::EndsWith;
using testing::Field;
using testing::HasSubstr;
using testing::Not;

class SharedText : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(folder() / "MANIFEST.tsv")) GTEST_SKIP() << folder() << " is absent; set MUSTER_SHARED";
  }

  static fs::path folder() {
    const char* chosen = std::getenv("MUSTER_SHARED");
    return fs::path(chosen == nullptr ? MUSTER_SHARED_FOLDER : chosen) / "topologies";
  }

  static std::vector<std::string> files_in(const std::string& kind) {
    std::vector<std::string> files;
    for (const auto& entry : fs::directory_iterator(folder() / kind))
      files.push_back(kind + "/" + entry.path().filename().string());
    std::ranges::sort(files);
    EXPECT_FALSE(files.empty()) << kind;
    return files;
  }

  static Imported read(const std::string& file, const std::string& model = "") {
    return read_description_file((folder() / file).string(), model);
  }

  static std::string refusal(const std::string& file) {
    try {
      return "read as " + read(file).format;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), AllOf(HasSubstr(fs::path(file).filename().string() + ":"), Not(HasSubstr("\n"))));
      return error.what();
    }
  }
};

struct Machine {
  int gpus = 0;
  int nics = 0;
};

std::map<std::string, Machine> manifest(const fs::path& path) {
  std::map<std::string, Machine> machines;
  std::ifstream file(path);
  for (std::string row; std::getline(file, row);) {
    std::vector<std::string> cells;
    std::istringstream stream(row);
    for (std::string cell; std::getline(stream, cell, '\t');) cells.push_back(cell);
    if (cells.size() < 5 || cells[0] == "file" || cells[3].empty()) continue;
    machines[cells[0]] = {std::stoi(cells[3]), cells[4].empty() ? 0 : std::stoi(cells[4])};
  }
  return machines;
}

TEST_F(SharedText, TablesOfNvidiaSmiHaveTheGpusAndNicsThatTheManifestCounts) {
  const auto machines = manifest(folder() / "MANIFEST.tsv");
  for (const std::string& file : files_in("smi-topo")) {
    SCOPED_TRACE(file);
    const Imported machine = read(file);
    EXPECT_EQ(machine.format, "nvidia-smi");
    EXPECT_EQ(count_of(machine.topology, DeviceKind::gpu), machines.at(file).gpus);
    EXPECT_EQ(count_of(machine.topology, DeviceKind::nic), machines.at(file).nics);
    for (const Finding& finding : machine.findings) {
      EXPECT_THAT(finding.code, testing::AnyOf("row_missing", "nvlink_rate_unknown")) << finding.meaning;
    }
    EXPECT_NO_THROW(topology_from_json(to_json(machine.topology), file));
  }
}

TEST_F(SharedText, CutTablesSayWhichRowsAreMissing) {
  const std::set<std::string> cut = {"smi-topo/dgx-h100-12nic-truncated.txt", "smi-topo/gb200-4gpu-6nic-sys.txt",
                                     "smi-topo/h100-8-12nic-singlenuma.txt", "smi-topo/h800-8-9nic-truncated.txt"};
  for (const std::string& file : files_in("smi-topo")) {
    const Imported machine = read(file);
    const bool tells =
        std::ranges::any_of(machine.findings, [](const Finding& each) { return each.code == "row_missing"; });
    EXPECT_EQ(tells, cut.contains(file)) << file;
  }
}

TEST_F(SharedText, NvlinksAreASwitchOrAMeshByTheirNumber) {
  EXPECT_EQ(rate_between(read("smi-topo/polaris-4a100-2nic.txt", "A100").topology, "gpu0", "gpu3"), 100e9);
  EXPECT_EQ(rate_between(read("smi-topo/h800-8-9nic-truncated.txt", "H800").topology, "gpu7", "nvswitch0"), 200e9);
  EXPECT_EQ(rate_between(read("smi-topo/h100-8-1nic-vm-sys.txt", "H100").topology, "gpu7", "nvswitch0"), 450e9);
  const Topology dgx1 = read("smi-topo/dgx1v-4nic.txt").topology;
  EXPECT_EQ(rate_between(dgx1, "gpu0", "gpu3"), 50e9) << "six links per GPU are a V100's";
  EXPECT_EQ(rate_between(dgx1, "gpu0", "gpu1"), 25e9);
  EXPECT_EQ(count_of(dgx1, DeviceKind::pcisw), 4);
}

TEST_F(SharedText, TheFabricOfDgxHas40SwitchesAnd582AdaptersOfWhich40AddNumbersUp) {
  const Imported fabric = read("ibnetdiscover/topograph_dgx_ndr_example.out");
  const Topology& graph = fabric.topology;
  EXPECT_EQ(fabric.format, "ibnetdiscover");
  EXPECT_TRUE(fabric.findings.empty());
  EXPECT_EQ(count_of(graph, DeviceKind::network_switch), 40);
  EXPECT_EQ(count_of(graph, DeviceKind::nic), 582 - 40);
  const auto switches = [&](auto chosen) {
    return std::ranges::count_if(
        graph.devices, [&](const Device& each) { return each.kind == DeviceKind::network_switch && chosen(each); });
  };
  EXPECT_EQ(switches([](const Device& each) { return each.can.reduce; }), 40);
  EXPECT_EQ(switches([](const Device& each) { return each.tier == 0 && each.id.find("LEAF") != std::string::npos; }),
            31);
  EXPECT_EQ(switches([](const Device& each) { return each.tier == 1 && each.id.find("SPINE") != std::string::npos; }),
            9);
}

TEST_F(SharedText, PortListsAndNetlocSeeTheSameFabric) {
  const Imported ports = read("ibnetdiscover/hwloc-netloc_plafrim_subnet0000.txt");
  EXPECT_EQ(ports.format, "ibnetdiscover-ports");
  EXPECT_EQ(count_of(ports.topology, DeviceKind::network_switch), 9);
  EXPECT_EQ(count_of(ports.topology, DeviceKind::nic), 125);
  const Imported netloc = read("other/netloc_IB-fe80_0000_0000_0000-nodes.ndat");
  EXPECT_EQ(netloc.format, "netloc");
  EXPECT_EQ(netloc.topology.links.size(), ports.topology.links.size());
  const Imported both = merge({ports, netloc});
  EXPECT_EQ(both.topology.devices.size(), ports.topology.devices.size());
  EXPECT_EQ(both.topology.links.size(), ports.topology.links.size());
  EXPECT_THAT(both.findings, Not(Contains(Field(&Finding::code, "contradiction"))));
  const Imported avakas = read("ibnetdiscover/hwloc-netloc_avakas_subnet0000.txt");
  EXPECT_EQ(count_of(avakas.topology, DeviceKind::network_switch), 25);
  EXPECT_EQ(count_of(avakas.topology, DeviceKind::nic), 281);
}

TEST_F(SharedText, ATrunkAtAQuarterOfItsRateIsFound) {
  EXPECT_THAT(
      read("ibnetdiscover/hwloc-netloc_plafrim_subnet0000.txt").findings,
      Contains(AllOf(Field(&Finding::code, "slow_cable"), Field(&Finding::meaning, HasSubstr("at 4xSDR, 25 %")))));
}

TEST_F(SharedText, NetFilesOfIbsimAreFabrics) {
  for (const std::string& file : files_in("ibnetdiscover")) {
    if (file.find("ibsim") == std::string::npos) continue;
    const Imported fabric = read(file);
    EXPECT_EQ(fabric.format, "ibnetdiscover") << file;
    EXPECT_TRUE(fabric.findings.empty()) << file << ": " << fabric.findings.front().meaning;
  }
}

TEST_F(SharedText, AFileWithoutOneCableIsRefused) {
  EXPECT_THAT(refusal("ibnetdiscover/topograph_example-bad.out"),
              HasSubstr("topograph_example-bad.out:10: there is not one cable"));
}

TEST_F(SharedText, PlannersTopologiesAreReadAndTheirSketchesAreNot) {
  for (const std::string& file : files_in("planner-json")) {
    if (file.find("taccl_topo") == std::string::npos) {
      EXPECT_THAT(refusal(file), HasSubstr("is a sketch for TACCL's planner")) << file;
    } else {
      EXPECT_EQ(refusal(file), "read as taccl");
    }
  }
  EXPECT_EQ(rate_between(read("planner-json/taccl_topo-dgx2-1MB.json").topology, "gpu0", "nvswitch0"), 125e9);
}

TEST_F(SharedText, OtherToolsDescriptionsAreRead) {
  const std::map<std::string, std::string> formats = {{".yaml", "topograph"}, {".ndat", "netloc"}};
  for (const std::string& file : files_in("other")) {
    const Imported machine = read(file);
    const auto expected = formats.find(fs::path(file).extension().string());
    if (expected != formats.end()) {
      EXPECT_EQ(machine.format, expected->second) << file;
    }
    EXPECT_NO_THROW(topology_from_json(to_json(machine.topology), file));
  }
  EXPECT_EQ(count_of(read("other/topograph_model_large.yaml").topology, DeviceKind::nic), 96);
  EXPECT_EQ(count_of(read("other/topograph_model_large.yaml").topology, DeviceKind::network_switch), 19);
  EXPECT_EQ(count_of(read("other/topograph_netq_computeNodes.json").topology, DeviceKind::gpu), 8);
  EXPECT_EQ(count_of(read("other/topograph_netq_topologyGraph.json").topology, DeviceKind::network_switch), 3);
  EXPECT_EQ(count_of(read("other/mooncake_cluster-topology.json").topology, DeviceKind::nic), 16);
}

}  // namespace
}  // namespace muster
