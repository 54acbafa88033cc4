// SPDX-License-Identifier: Apache-2.0
// Limits of imported collectives on a described machine: whole systems, parts of them, hosts by name, NVLS, and what
// cannot be bounded.
#include "benchmarks/import_limits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "benchmarks/expectation.hpp"
#include "reports/report.hpp"
#include "topology/templates.hpp"

namespace muster {
namespace {

using testing::HasSubstr;

constexpr Bytes kSize{std::uint64_t{1} << 30};

/// Hosts a, c and b of four GPUs: NVLink of 100 GB/s each to a switch, PCIe of 50 GB/s each to the NIC of the host.
/// That has 20 GB/s. a and b are under one leaf, c is under another one, the two joined by 5 GB/s.
Topology three_hosts() {
  Topology topology;
  const auto link = [&](int one, int other, LinkKind kind, double gigabytes) {
    join(topology, one, other, {.kind = kind, .capacity = stated_rate(BytesPerSecond{gigabytes * 1e9}, "made up")});
  };
  const auto leaf = [&](const char* id) {
    return add_device(topology, {.id = id, .kind = DeviceKind::network_switch, .tier = 0});
  };
  const int near = leaf("leaf0"), far = leaf("leaf1");
  link(near, far, LinkKind::infiniband, 5);
  for (const std::string host : {"a", "c", "b"}) {
    const auto add = [&](const std::string& name, DeviceKind kind, int index) {
      return add_device(topology, {.id = host + "/" + name, .kind = kind, .host = host, .index = index});
    };
    const int nvswitch = add("nvswitch", DeviceKind::nvswitch, -1);
    const int nic = add("nic", DeviceKind::nic, 0);
    link(nic, host == "c" ? far : near, LinkKind::infiniband, 20);
    for (int i = 0; i < 4; ++i) {
      const int gpu = add("gpu" + std::to_string(i), DeviceKind::gpu, i);
      link(gpu, nvswitch, LinkKind::nvlink, 100);
      link(gpu, nic, LinkKind::pcie, 50);
    }
  }
  return topology;
}

Case all_to_all(int ranks, const std::string& group) {
  Case item;
  item.collective = Collective::all_to_all;
  item.transport = TransportKind::nccl;
  item.ranks = ranks;
  item.group = group;
  item.size = kSize;
  return item;
}

Expectation limit_on(const Topology& topology, const Case& item) {
  Plan plan;
  plan.launcher = kImportLauncher;
  plan.ranks = 12;
  return ImportLimits(topology, plan).of(item);
}

/// Rate of the limit, in GB/s of the size.
double rate_of(const Expectation& expectation) {
  return expectation.limit ? static_cast<double>(kSize.value) / expectation.limit->time.value * 1e-9 : 0;
}

TEST(ImportLimits, OfHostsThatTheGraphNamesAreTheirs) {
  const Topology topology = three_hosts();
  // Of 8 blocks of S/8 that a rank sends, 4 leave: 4 ranks x 4/8 S = 2 S leave a host by its NIC of 20 GB/s.
  EXPECT_DOUBLE_EQ(rate_of(limit_on(topology, all_to_all(8, "a+b"))), 10);
  EXPECT_DOUBLE_EQ(rate_of(limit_on(topology, all_to_all(8, "a+c"))), 2.5) << "across the link of 5 GB/s";
}

TEST(ImportLimits, OfHostsUnknownToTheGraphAreThoseOfTheNearest) {
  const Topology topology = three_hosts();
  EXPECT_DOUBLE_EQ(rate_of(limit_on(topology, all_to_all(8, "node7+node9"))), 10) << "they may be under one leaf";
  EXPECT_DOUBLE_EQ(rate_of(limit_on(topology, all_to_all(8, ""))), 10) << "8 ranks need two hosts";
}

TEST(ImportLimits, OfTheWholeMachineKnowItsFabric) {
  // c's 4 ranks send 8/12 S each: 8/3 S across 5 GB/s.
  EXPECT_DOUBLE_EQ(rate_of(limit_on(three_hosts(), all_to_all(0, ""))), 5 / (8 / 3.0));
  EXPECT_DOUBLE_EQ(rate_of(limit_on(three_hosts(), all_to_all(12, "x+y+z"))), 5 / (8 / 3.0));
}

TEST(ImportLimits, OfPartsOfHostsCountTheRanksThatRan) {
  // Two ranks, each S/2 to the other, by the NIC of 20 GB/s.
  EXPECT_DOUBLE_EQ(rate_of(limit_on(three_hosts(), all_to_all(2, "a+b"))), 40);
  // Four ranks, each S/4 to three others; they leave by NVLink and PCIe: 150 GB/s.
  EXPECT_DOUBLE_EQ(rate_of(limit_on(three_hosts(), all_to_all(4, "a"))), 150 / 0.75);
}

TEST(ImportLimits, OfFewGpusAreThoseOfTheLeastDemandingOnes) {
  // Two GPUs on one PCIe switch share 10 GB/s to the NIC, on two they have 20: hosts of 4 GPUs without NVLink.
  Topology topology;
  const int leaf = add_device(topology, {.id = "leaf", .kind = DeviceKind::network_switch, .tier = 0});
  const auto link = [&](int one, int other, double gigabytes) {
    join(topology, one, other,
         {.kind = LinkKind::pcie, .capacity = stated_rate(BytesPerSecond{gigabytes * 1e9}, "made up")});
  };
  for (const std::string host : {"a", "b"}) {
    const int nic = add_device(topology, {.id = host + "/nic", .kind = DeviceKind::nic, .host = host});
    link(nic, leaf, 100);
    for (int i = 0; i < 4; ++i) {
      if (i % 2 == 0) {
        const std::string id = host + "/pcisw" + std::to_string(i);
        link(add_device(topology, {.id = id, .kind = DeviceKind::pcisw, .host = host}), nic, 10);
      }
      const int pcisw = static_cast<int>(topology.devices.size()) - 1 - i % 2;
      const std::string id = host + "/gpu" + std::to_string(i);
      link(add_device(topology, {.id = id, .kind = DeviceKind::gpu, .host = host, .index = i}), pcisw, 50);
    }
  }
  // GPUs 0 and 2 send 3/4 S each by 10 GB/s; 0 and 1 would send 2/4 S each by the 10 GB/s that they share.
  EXPECT_DOUBLE_EQ(rate_of(limit_on(topology, all_to_all(4, "x+y"))), 10 / 0.75) << "though 0 and 1 are first";
}

TEST(ImportLimits, SayWhatIsMissing) {
  const auto why = [](const Topology& topology, const Case& item) { return limit_on(topology, item).unknown; };
  EXPECT_THAT(why({}, all_to_all(8, "a+b")), HasSubstr("give it with --topology or --template"));
  Topology fabric;
  add_device(fabric, {.id = "leaf", .kind = DeviceKind::network_switch});
  EXPECT_EQ(why(fabric, all_to_all(8, "a+b")), "the machine described has no GPUs");
  EXPECT_THAT(why(three_hosts(), all_to_all(16, "a+b")),
              HasSubstr("16 ranks on 4 hosts, but the machine described has 3"));
  EXPECT_THAT(why(three_hosts(), all_to_all(7, "a+b")), HasSubstr("how many ran on each is not told"));
  EXPECT_THAT(why(three_hosts(), all_to_all(10, "x+y")), HasSubstr("how many ran on each is not told"));
  Topology apart = three_hosts();
  std::erase_if(apart.links, [](const Link& link) { return link.kind == LinkKind::infiniband; });
  EXPECT_THAT(why(apart, all_to_all(8, "a+b")), HasSubstr("no way leads from"));
  Case mpi = all_to_all(8, "a+b");
  mpi.transport = TransportKind::mpi;
  EXPECT_THAT(why(three_hosts(), mpi), HasSubstr("host memory"));
  Case metric;
  metric.family = Family::metric;
  EXPECT_EQ(why(three_hosts(), metric), "") << "nothing is expected of a metric";
  Topology uneven = three_hosts();
  add_device(uneven, {.id = "c/gpu4", .kind = DeviceKind::gpu, .host = "c", .index = 4});
  EXPECT_THAT(why(uneven, all_to_all(8, "x+y")), HasSubstr("the hosts described differ"));
}

/// A report of one operation of that busbw on 8 GPUs of a DGX H100.
Report imported_report(Collective collective, double busbw_gigabytes) {
  const Topology topology = expand_template("dgx-h100", std::nullopt).topology;
  Plan plan;
  plan.suite = "custom";
  plan.launcher = kImportLauncher;
  plan.ranks = 8;
  plan.check_iterations = 0;
  Case item = all_to_all(0, "x");
  item.collective = collective;
  item.sampling.fixed = 1;
  item.id = case_id(item);
  plan.cases = {item};
  Run run;
  RunHeader header;
  header.plan_hash = plan_hash(plan);
  header.ranks = 8;
  header.hosts.resize(8, "x");
  run.headers = {header};
  Record record;
  record.case_id = item.id;
  record.ranks = 8;
  record.agreed_samples = 1;
  record.bytes = item.size;
  record.check = {.iterations = 1, .elements = 1, .wrong = 0, .first_wrong = {}};
  record.seconds = {static_cast<double>(kSize.value) * busbw_factor(collective, 8) / (busbw_gigabytes * 1e9)};
  run.records = {record};
  run.ended = true;
  return judge(plan, topology, run, expectations_of(plan, run, topology), {.name = "none"});
}

TEST(ImportLimits, AnImportedNumberFasterThanItsLimitIsAnError) {
  EXPECT_EQ(imported_report(Collective::all_to_all, 400).verdict, Verdict::pass);
  const Report impossible = imported_report(Collective::all_to_all, 600);  // 18 NVLinks carry 513 GB/s with PCIe
  EXPECT_EQ(impossible.verdict, Verdict::fail);
  EXPECT_THAT(impossible.rows[0].reason, HasSubstr("wrong topology or wrong clock"));
}

TEST(ImportLimits, AllReduceInTheSwitchIsPossibleWhereItCanAdd) {
  const Report report = imported_report(Collective::all_reduce, 480);  // NVLS; sums by GPUs end at 450 by NVLink
  EXPECT_EQ(report.verdict, Verdict::pass);
  EXPECT_GT(*report.rows[0].fraction_of_limit, 0.5);
  EXPECT_LT(*report.rows[0].fraction_of_limit, 0.6);
  EXPECT_EQ(imported_report(Collective::all_reduce, 950).verdict, Verdict::fail);
}

}  // namespace
}  // namespace muster
