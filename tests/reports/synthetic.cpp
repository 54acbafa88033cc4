// SPDX-License-Identifier: Apache-2.0
#include "tests/reports/synthetic.hpp"

#include <algorithm>
#include <cstddef>
#include <map>

#include "core/error.hpp"

namespace muster {

namespace {

Case collective_case(Collective collective, Algorithm algorithm, TransportKind transport, Bytes size) {
  Case item;
  item.family = Family::collective;
  item.collective = collective;
  item.algorithm = algorithm;
  item.transport = transport;
  item.size = size;
  return item;
}

Case kernel_case(Family family) {
  Case item;
  item.family = family;
  item.size = Bytes{family == Family::memory ? 32768U : 1048576U};
  if (family == Family::matmul) {
    item.m = item.n = item.k = 512;
    item.pattern = Pattern::entropy;
  }
  return item;
}

// Seconds of one operation in the synthetic run.
double time_of(const Case& item) {
  static const std::map<std::string, double> kTimes = {
      {kPeak, 1e-3},      {kMemory, 20e-6},
      {kMatmul, 5e-3},    {kReduce, 400e-6},
      {kRing, 300e-6},    {kNative, 450e-6},
      {kExchange, 40e-6}, {"all_reduce/tree/shm/float/1M/isolated/channels=4", 600e-6}};
  const auto found = kTimes.find(item.id);
  return found == kTimes.end() ? 1e-3 : found->second;
}

void set_work(const Case& item, Record& record) {
  switch (item.family) {
    case Family::collective:
      record.bytes = item.size;
      break;
    case Family::reduce:
      record.bytes = item.size * 3;
      break;
    case Family::memory:
      record.bytes = Bytes{1048576};
      break;
    case Family::link:
      record.bytes = item.size;
      break;
    case Family::matmul:
      record.flops = Flops{2.0 * 512 * 512 * 512};
      break;
    case Family::peak:
      record.flops = Flops{1e8};
      break;
    case Family::overlap:
      record.bytes = item.size;
      record.flops = Flops{2.0 * item.products * static_cast<double>(item.m) * static_cast<double>(item.n) *
                           static_cast<double>(item.k)};
      break;
    case Family::metric:
      break;
  }
}

Record record_for(const Plan& plan, const Case& item) {
  Record record;
  record.case_id = item.id;
  record.ranks = ranks_of(item, plan);
  if (item.id == kUnsupported) {
    record.status = Status::unsupported;
    record.reason = "no float16 arithmetic on this CPU";
    return record;
  }
  record.warmup = item.sampling.warmup;
  record.seconds = samples_around(time_of(item), 0.005);
  record.agreed_samples = static_cast<int>(record.seconds.size());
  record.rank_seconds.assign(static_cast<std::size_t>(record.ranks), record.seconds);
  record.arrival_seconds.assign(static_cast<std::size_t>(record.ranks),
                                std::vector<double>(record.seconds.size(), 0.0));
  record.configuration = "synthetic";
  set_work(item, record);
  if (item.family != Family::memory && item.family != Family::peak && item.family != Family::metric) {
    record.check = {.iterations = 2, .elements = 1000, .wrong = 0, .first_wrong = {}};
  }
  return record;
}

}  // namespace

std::vector<double> samples_around(double seconds, double spread) {
  constexpr int kCount = 20;
  std::vector<double> samples;
  for (int i = 0; i < kCount; ++i) {
    const int place = 7 * i % kCount;  // 7 and 20 have no common factor: each place once
    samples.push_back(seconds * (1 + spread * (2.0 * place / (kCount - 1) - 1)));
  }
  return samples;
}

Plan synthetic_plan() {
  constexpr Bytes kMebibyte{1048576};
  Plan plan;
  plan.suite = "custom";
  plan.ranks = 2;
  plan.launcher = "mpirun";
  plan.seed = 7;
  plan.cases = {kernel_case(Family::peak),
                kernel_case(Family::peak),
                kernel_case(Family::memory),
                kernel_case(Family::matmul),
                kernel_case(Family::reduce),
                collective_case(Collective::all_reduce, Algorithm::ring, TransportKind::shm, kMebibyte),
                collective_case(Collective::all_reduce, Algorithm::native, TransportKind::mpi, kMebibyte),
                collective_case(Collective::all_reduce, Algorithm::tree, TransportKind::shm, kMebibyte),
                collective_case(Collective::all_to_all, Algorithm::pairwise, TransportKind::shm, Bytes{65536})};
  plan.cases[1].type = ElementType::float16;
  plan.cases[7].channels = 4;
  for (Case& item : plan.cases) item.id = case_id(item);
  return plan;
}

Topology synthetic_topology() {
  Topology topology;
  topology.devices = {{.id = "node0/cpu0", .kind = DeviceKind::cpu, .model = "Made-up CPU"},
                      {.id = "node0/nic:eth0", .kind = DeviceKind::nic, .model = {}}};
  topology.links = {{.source = 0,
                     .target = 1,
                     .kind = LinkKind::pcie,
                     .capacity = stated_rate({32e9}, "made up"),
                     .latency = Seconds{5e-7}},
                    {.source = 1, .target = 0, .kind = LinkKind::pcie, .capacity = unknown_rate("made up")}};
  topology.hosts = {{.name = "node0",
                     .cpu_model = "Made-up CPU",
                     .physical_cores = 2,
                     .logical_cpus = 4,
                     .numa_nodes = 1,
                     .memory = Bytes{std::uint64_t{8} << 30},
                     .levels = {{.name = "DRAM", .size = Bytes{std::uint64_t{8} << 30}, .cores = 2}}}};
  return topology;
}

Run synthetic_run(const Plan& plan) {
  Run run;
  run.headers.push_back({.started = "2025-01-02T03:04:05Z",
                         .plan_hash = plan_hash(plan),
                         .launcher = plan.launcher,
                         .ranks = plan.ranks,
                         .hosts = {"node0", "node0"},
                         .clock_error = {0, 0},
                         .versions = {{"muster", "0.1.0"}},
                         .environment = {{"OMP_NUM_THREADS", "1"}}});
  for (const Case& item : plan.cases) run.records.push_back(record_for(plan, item));
  run.ended = true;
  return run;
}

Expectations synthetic_expectations(const Plan& plan) {
  Expectations expectations;
  for (const Case& item : plan.cases) {
    if (item.family == Family::peak || item.family == Family::memory) continue;
    const Seconds time = {time_of(item)};
    expectations[item.id] = {.limit = Bound{time * 0.4, "L2 read bandwidth of 2 ranks"},
                             .prediction = Bound{time * 0.8, "copies at the measured rate"},
                             .unknown = {}};
  }
  return expectations;
}

Targets synthetic_targets() {
  return {.name = "synthetic",
          .rules = {{.name = "correct"},
                    {.name = "matmul",
                     .select = {.families = {Family::matmul}},
                     .quantity = Quantity::fraction_of_limit,
                     .demanded = 0.3},
                    {.name = "flops",
                     .select = {.families = {Family::matmul}},
                     .quantity = Quantity::flops_per_second,
                     .demanded = 1e10},
                    {.name = "all_reduce",
                     .select = {.collectives = {Collective::all_reduce}},
                     .quantity = Quantity::busbw,
                     .demanded = 3e9,
                     .scope = Scope::best}}};
}

Record& record_of(Run& run, const std::string& case_id) {
  const auto found = std::ranges::find(run.records, case_id, &Record::case_id);
  if (found == run.records.end()) throw Error("the synthetic run has no " + case_id);
  return *found;
}

const Row& row_of(const Report& report, const std::string& case_id) {
  const auto found = std::ranges::find(report.rows, case_id, [](const Row& row) { return row.item.id; });
  if (found == report.rows.end()) throw Error("the report has no row for " + case_id);
  return *found;
}

}  // namespace muster
