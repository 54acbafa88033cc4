// SPDX-License-Identifier: Apache-2.0
// Published figures against our limits: exact bounds worked out elsewhere must agree as fractions, and of the results
// that planners and libraries claim, exactly those that cannot be true are called impossible.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>

#include "core/error.hpp"
#include "tests/topology/golden_machines.hpp"
#include "topology/limits/limits.hpp"
#include "topology/readers/readers.hpp"

namespace muster {
namespace {

namespace fs = std::filesystem;

fs::path topologies() {
  const char* chosen = std::getenv("MUSTER_SHARED");
  return fs::path(chosen != nullptr ? chosen : MUSTER_SHARED_FOLDER) / "topologies";
}

class PublishedResults : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(topologies() / "anchors")) GTEST_SKIP() << "no published results at " << topologies();
  }

  static std::string text(const std::string& name) { return read_file((topologies() / "anchors" / name).string()); }

  /// Cells of each line that is not empty and does not start with '#'.
  static std::vector<std::vector<std::string>> rows(const std::string& name, char separator) {
    std::vector<std::vector<std::string>> found;
    std::istringstream lines(text(name));
    for (std::string line; std::getline(lines, line);) {
      if (line.empty() || line.front() == '#') continue;
      std::vector<std::string>& cells = found.emplace_back();
      std::istringstream parts(line);
      for (std::string cell; std::getline(parts, cell, separator);) cells.push_back(cell);
    }
    return found;
  }
};

Rational algbw(const CollectiveLimit& limit) { return Rational(1) / limit.seconds_per_byte / Rational(1'000'000'000); }

CollectiveLimit limit_of(const Topology& topology, Collective collective) {
  return limits_of(topology, {.collective = collective}).front();
}

bool is_impossible_rate(double size_gigabytes, double seconds, const CollectiveLimit& limit) {
  return is_impossible({.size = {static_cast<std::uint64_t>(std::llround(size_gigabytes * 1e9))}, .time = {seconds}},
                       limit);
}

TEST_F(PublishedResults, of_golden_bounds_are_the_fractions_that_we_find) {
  std::map<std::string_view, const testing::GoldenMachine*> machines;
  for (const testing::GoldenMachine& machine : testing::golden_machines()) machines[machine.name] = &machine;
  int found = 0;
  for (const std::vector<std::string>& row : rows("golden-bounds.tsv", '\t')) {
    if (row[0] == "topology") continue;
    ASSERT_TRUE(machines.contains(row[0])) << row[0];
    ++found;
    const Topology topology = machines[row[0]]->make();
    EXPECT_EQ(rank_devices(topology).size(), std::stoul(row[1])) << row[0];
    LimitStudy study(topology, {});
    const Rational gather = study.of(Collective::all_gather).front().seconds_per_byte;
    const Rational scatter = study.of(Collective::reduce_scatter).front().seconds_per_byte;
    const Rational giga(1'000'000'000);
    EXPECT_EQ((Rational(1) / gather / giga).text(), row[2]) << row[0];
    EXPECT_NEAR((Rational(1) / (gather + scatter) / giga).value(), std::stod(row[4]), 5.1e-5) << row[0];
    if (row[5].empty()) continue;
    EXPECT_NEAR(algbw(study.of(Collective::all_to_all).front()).value(), std::stod(row[5]), 5.1e-5) << row[0];
  }
  EXPECT_EQ(found, 24);
}

/// Ranks that scale-up links join, as a topology of its own, with a byte/s for each link.
std::vector<Topology> islands(const Topology& topology) {
  std::vector<int> island(topology.devices.size());
  for (std::size_t device = 0; device < island.size(); ++device) island[device] = static_cast<int>(device);
  const auto root = [&](int device) {
    while (island[static_cast<std::size_t>(device)] != device) device = island[static_cast<std::size_t>(device)];
    return device;
  };
  const auto joins = [&](const Link& link) { return is_chosen(link, LinkChoice::scale_up); };
  for (const Link& link : topology.links)
    if (joins(link)) island[static_cast<std::size_t>(root(link.source))] = root(link.target);
  std::map<int, Topology> found;
  std::vector<int> place(topology.devices.size(), -1);
  for (const int rank : rank_devices(topology)) found[root(rank)];
  for (std::size_t device = 0; device < place.size(); ++device) {
    const auto own = found.find(root(static_cast<int>(device)));
    if (own != found.end()) place[device] = add_device(own->second, topology.devices[device]);
  }
  for (Link link : topology.links) {
    const auto own = found.find(root(link.source));
    if (!joins(link) || own == found.end()) continue;
    link.source = place[static_cast<std::size_t>(link.source)];
    link.target = place[static_cast<std::size_t>(link.target)];
    link.capacity = stated_rate({static_cast<double>(link.count)}, "links");
    own->second.links.push_back(link);
  }
  std::vector<Topology> result;
  for (auto& [number, each] : found) result.push_back(std::move(each));
  return result;
}

TEST_F(PublishedResults, of_golden_scaleup_are_the_fractions_that_we_find) {
  int found = 0;
  for (const std::vector<std::string>& row : rows("golden-scaleup.tsv", '\t')) {
    if (row[0] == "file") continue;
    const fs::path file = topologies() / "nccl-xml" / row[0];
    if (!fs::exists(file)) continue;  // three of the table's files are not in the collection
    const Topology topology = read_description_file(file.string(), "").topology;
    EXPECT_EQ(rank_devices(topology).size(), std::stoul(row[1])) << row[0];
    std::string bounds;
    for (const Topology& island : islands(topology)) {
      const std::vector<CollectiveLimit> limits =
          limits_of(island, {.collective = Collective::all_gather, .links = LinkChoice::scale_up});
      bounds += bounds.empty() ? "" : " ";
      bounds += limits.empty() ? "single" : (Rational(1) / limits.front().seconds_per_byte).text();
    }
    EXPECT_EQ(bounds, row[2].empty() ? row[3] : row[2]) << row[0];
    ++found;
  }
  EXPECT_EQ(found, 47);
}

// The NDv2 runs of TE-CCL took GPU 0 for a switch: 7 x 8 blocks crossed instead of 8 x 8, faster than the link allows.
TEST_F(PublishedResults, of_teccl_are_impossible_exactly_where_a_gpu_was_lost) {
  const std::map<std::string, Topology> machines = {
      {"NDv2 2", testing::ndv2_machine(2)}, {"NDv2 4", testing::ndv2_machine(4)}, {"DGX2 2", testing::dgx2_machine()}};
  const std::map<std::string, double> gigabytes = {
      {"1KB", 1e-6}, {"4KB", 4e-6},   {"16KB", 16e-6}, {"64KB", 64e-6},   {"256KB", 256e-6}, {"1MB", 1e-3},
      {"4MB", 4e-3}, {"16MB", 16e-3}, {"64MB", 64e-3}, {"256MB", 256e-3}, {"1GB", 1}};
  int looked_at = 0;
  int impossible = 0;
  for (const std::vector<std::string>& row : rows("teccl-published-results.tsv", '\t')) {
    if (row[0] == "topology") continue;
    const bool gathers = row[2] == "AllGather";
    const CollectiveLimit limit =
        limit_of(machines.at(row[0] + " " + row[1]), gathers ? Collective::all_gather : Collective::all_to_all);
    const double rate = std::stod(row[8]);
    const bool expected = row[0] == "NDv2" && !gathers && rate > 3.125;
    EXPECT_EQ(is_impossible_rate(gigabytes.at(row[4]), std::stod(row[7]), limit), expected)
        << row[0] << " " << row[2] << " " << row[3] << " " << row[4] << " " << rate << " GB/s";
    impossible += expected ? 1 : 0;
    ++looked_at;
  }
  EXPECT_EQ(looked_at, 154);
  EXPECT_EQ(impossible, 20);
}

TEST_F(PublishedResults, of_taccl_are_all_possible) {
  const Topology topology = testing::ndv2_machine(2);
  for (const bool gathers : {true, false}) {
    const CollectiveLimit limit = limit_of(topology, gathers ? Collective::all_gather : Collective::all_to_all);
    const std::string name = gathers ? "AllGather" : "AlltoAll";
    int looked_at = 0;
    for (const std::vector<std::string>& row : rows("TACCL_NDv2_2_chassis_" + name + ".csv", ',')) {
      if (row[0].starts_with("TACCL") || row[0] == "-1") continue;
      const double seconds = std::stod(row[0]) * 1e-6;
      EXPECT_FALSE(is_impossible_rate(std::stod(row[2]) * seconds, seconds, limit)) << name << " " << row[2];
      ++looked_at;
    }
    EXPECT_GE(looked_at, 10);
  }
}

TEST_F(PublishedResults, of_mscclpp_are_all_possible_on_the_machines_they_ran_on) {
  const std::map<std::string, Collective> collectives = {{"allgather", Collective::all_gather},
                                                         {"allreduce", Collective::all_reduce},
                                                         {"alltoall", Collective::all_to_all}};
  struct Machine {
    const char* file;
    Topology (*make)(int nodes);
  };
  for (const Machine& machine : {Machine{"mscclpp_perf_ndmv4.jsonl", testing::a100_machine},
                                 Machine{"mscclpp_perf_ndmv5.jsonl", testing::h100_rail_machine}}) {
    std::istringstream lines(text(machine.file));
    for (std::string line; std::getline(lines, line);) {
      if (line.empty()) continue;
      const Json row = parse_json(line, machine.file);
      const Topology topology = machine.make(row.at("ranks").get<int>() / 8);
      const CollectiveLimit limit = limit_of(topology, collectives.at(row.at("name").get<std::string>()));
      const double seconds = row.at("time").get<double>() * 1e-6;
      EXPECT_FALSE(is_impossible_rate(row.at("size").get<double>() * 1e-9, seconds, limit)) << line;
    }
  }
}

}  // namespace
}  // namespace muster
