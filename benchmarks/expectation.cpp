// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/expectation.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "benchmarks/collective_subject.hpp"
#include "benchmarks/fabric_limits.hpp"
#include "benchmarks/gpu_expectation.hpp"
#include "benchmarks/import_limits.hpp"
#include "benchmarks/suites.hpp"
#include "collectives/cost.hpp"
#include "collectives/generators.hpp"
#include "core/error.hpp"
#include "reports/statistics.hpp"
#include "topology/memory_limits.hpp"

namespace muster {
namespace {

/// Median time of a transfer by size on one transport: points of a send_recv sweep, joined by straight lines.
class TransferCurve {
 public:
  void add(Bytes size, Seconds time) { points_[size.value] = time.value; }
  bool usable() const { return points_.size() >= 2; }
  /// Of the smallest message measured: what a round costs before any byte counts.
  double start() const { return points_.begin()->second; }
  /// Seconds per byte beyond start(), at messages of this size.
  double per_byte(double bytes) const {
    const auto above = points_.lower_bound(static_cast<std::uint64_t>(bytes));
    const auto upper = above == points_.end()     ? std::prev(points_.end())
                       : above == points_.begin() ? std::next(above)
                                                  : above;
    const auto lower = std::prev(upper);
    const double position =
        (bytes - static_cast<double>(lower->first)) / static_cast<double>(upper->first - lower->first);
    const double time = lower->second + std::clamp(position, 0.0, 1.0) * (upper->second - lower->second);
    const double size = std::clamp(bytes, static_cast<double>(lower->first), static_cast<double>(upper->first));
    return std::max(time - start(), 0.0) / size;
  }

 private:
  std::map<std::uint64_t, double> points_;
};

class Expecting {
 public:
  Expecting(const Plan& plan, const Run& run, const Topology& topology)
      : plan_(plan),
        topology_(topology),
        hosts_(run.headers.empty() ? std::vector<std::string>() : run.headers.back().hosts),
        gpus_(run.headers.empty() ? std::vector<Gpu>() : run.headers.back().gpus),
        imported_(topology, plan) {
    for (const Record& record : run.records) by_id_[record.case_id] = &record;
    for (const Case& item : plan.cases) {
      const auto found = by_id_.find(item.id);
      if (found == by_id_.end() || found->second->status != Status::measured || found->second->seconds.empty())
        continue;
      learn(item, *found->second);
    }
  }

  Expectations all() {
    Expectations expectations;
    for (const Case& item : plan_.cases) expectations[item.id] = expect(item);
    return expectations;
  }

 private:
  /// Ceilings and curves: the cases that say how fast the machine is.
  void learn(const Case& item, const Record& record) {
    const Summary time = summarise(record.seconds);
    if (item.family == Family::reduce) sums_[item.processor][item.type][item.size.value] = time.median;
    if (is_on_gpu(item) && item.family != Family::collective) return;  // other ceilings of GPUs are known
    switch (item.family) {
      case Family::peak:
        peaks_[item.type] = record.flops.value / time.min;
        break;
      case Family::memory:
        rates_.push_back({item.access, item.size, record.bytes / Seconds{time.min}});
        break;
      case Family::collective:
        if (item.collective == Collective::send_recv && item.algorithm == Algorithm::ring &&
            item.cadence == Cadence::isolated && item.placement == Placement::out_of_place) {
          curves_[item.transport].add(record.bytes, Seconds{time.median});
        }
        break;
      case Family::reduce:
      case Family::matmul:
      case Family::link:
      case Family::overlap:
      case Family::metric:
        break;
    }
  }

  Expectation expect(const Case& item) {
    if (plan_.launcher == kImportLauncher) return imported_.of(item);
    if (!item.group.empty() || !group_fault(item, plan_.ranks).empty()) {
      return {.limit = {}, .prediction = {}, .unknown = "nothing bounds a part of the ranks"};
    }
    switch (item.family) {
      case Family::collective:
        return expect_collective(item);
      case Family::overlap:
        return expect_overlap(item);
      default:
        return is_on_gpu(item) ? first_group(item).gpus.of(item, nullptr) : expect_on_host(item);
    }
  }

  Expectation expect_on_host(const Case& item) const {
    switch (item.family) {
      case Family::matmul:
        return expect_matmul(item);
      case Family::reduce:
        return expect_reduce(item);
      default:
        return {};  // ceilings bound others
    }
  }

  /// Both at once take as long as the longer at least.
  Expectation expect_overlap(const Case& item) {
    const Case product = product_of(item);
    Expectation found = expect_collective(collective_of(item));
    const Expectation beside = expect(product);
    found.prediction.reset();
    if (found.limit || beside.limit) found.unknown.clear();
    if (!beside.limit) return found;
    const Seconds products = beside.limit->time * item.products;
    if (!found.limit || products > found.limit->time) found.limit = Bound{products, "products: " + beside.limit->binds};
    return found;
  }

  Expectation expect_matmul(const Case& item) const {
    const auto peak = peaks_.find(item.type);
    if (peak == peaks_.end()) return {{}, {}, "no multiply-add peak of this type was measured"};
    const double products = static_cast<double>(item.m) * static_cast<double>(item.n) * static_cast<double>(item.k);
    const double element = static_cast<double>(size_of(item.type));
    const double result = item.type == ElementType::int8 ? 4 : element;  // int8 products are summed in int32
    const auto area = [](std::int64_t a, std::int64_t b) { return static_cast<double>(a) * static_cast<double>(b); };
    const Traffic traffic{element * (area(item.m, item.k) + area(item.k, item.n)), result * area(item.m, item.n)};
    const Bytes working_set{static_cast<std::uint64_t>(traffic.read_bytes + traffic.written_bytes)};
    const TimeBound memory = memory_bound(traffic, working_set, rates_);
    const Seconds arithmetic{2 * products / peak->second};
    Expectation expectation;
    expectation.limit =
        arithmetic >= memory.time ? Bound{arithmetic, "multiply-add peak"} : Bound{memory.time, memory.binds};
    return expectation;
  }

  Expectation expect_reduce(const Case& item) const {
    const double bytes = static_cast<double>(item.size.value);
    const TimeBound bound = memory_bound({2 * bytes, bytes}, item.size * 3, rates_);
    if (bound.binds.empty()) return {{}, {}, "no memory ceiling was measured"};
    return {Bound{bound.time, bound.binds}, {}, {}};
  }

  Expectation expect_collective(const Case& item) {
    const Problem problem = problem_of(item, ranks_of(item, plan_), plan_.seed);
    const std::uint64_t element = size_of(item.type);
    std::uint64_t held = 0;
    for (int rank = 0; rank < problem.ranks; ++rank) {
      held = std::max(held, (input_count(problem, rank) + output_count(problem, rank)) * element);
    }
    Expectation expectation =
        is_on_gpu(item) ? first_group(item).gpus.of(item, &problem) : limit_in_host_memory(item, problem, Bytes{held});
    expectation.prediction = predict(item, problem, static_cast<double>(held) / 2);
    if (!expectation.prediction && expectation.unknown.empty()) {
      expectation.unknown = "no send_recv sweep on " + std::string(name_of(item.transport)) + " to predict from";
    }
    if (expectation.prediction && expectation.limit && expectation.prediction->time < expectation.limit->time) {
      expectation.prediction.reset();
      expectation.unknown = "the transfers measured predict less than the limit, so they cannot predict this case";
    }
    return expectation;
  }

  Expectation limit_in_host_memory(const Case& item, const Problem& problem, Bytes held) {
    Expectation expectation;
    const Traffic traffic = least_traffic(item.collective, problem.ranks, size_of(problem), item.placement);
    const TimeBound bound = memory_bound(traffic, held, rates_);
    if (rates_.empty()) {
      expectation.unknown = "no memory ceiling was measured";
    } else if (!bound.binds.empty()) {
      expectation.limit = Bound{bound.time * (1 / kSharingAllowance), bound.binds};
    }
    FabricLimits& fabric = first_group(item).fabric;
    if (fabric.bounds()) add_fabric(fabric.of(item.collective, size_of(problem)), fabric.unknown(), expectation);
    return expectation;
  }

  /// Memory bounds ranks of several hosts, too, but without what joins them half a limit would flatter.
  static void add_fabric(const std::optional<Bound>& fabric, const std::string& unknown, Expectation& expectation) {
    if (!fabric) {
      expectation.limit.reset();
      expectation.unknown = "ranks on several hosts: " + unknown;
    } else if (!expectation.limit || fabric->time > expectation.limit->time) {
      expectation.limit = fabric;
      expectation.unknown.clear();
    }
  }

  /// T = rounds x start + received bytes x time per byte, plus the sums where they are not made while reading.
  std::optional<Bound> predict(const Case& item, const Problem& problem, double level_bytes) const {
    const auto curve = curves_.find(item.transport);
    if (curve == curves_.end() || !curve->second.usable()) return std::nullopt;
    if (item.algorithm == Algorithm::native) return predict_library(item, problem, level_bytes);
    std::optional<Cost> found;
    try {
      found = cost_of(schedule_of(item, problem.ranks, host_group_size(item, problem.ranks)), problem);
    } catch (const ScheduleTooLarge&) {
      return std::nullopt;
    }
    const Cost& cost = *found;
    const double transfer = curve->second.per_byte(level_bytes) * static_cast<double>(cost.received_bytes);
    double time = cost.rounds * curve->second.start() + transfer;
    const bool sums_while_reading = item.transport == TransportKind::threads || item.transport == TransportKind::shm ||
                                    item.transport == TransportKind::cuda;
    if (!sums_while_reading) time += seconds_per_summed_byte(item) * static_cast<double>(cost.reduced_bytes);
    return Bound{Seconds{time}, std::string(name_of(item.algorithm)) + ": " + std::to_string(cost.rounds) +
                                    " rounds, " + std::to_string(cost.received_bytes) +
                                    " bytes received by the busiest rank"};
  }

  /// A library chooses for itself; it is expected to be as good as the best schedule known here.
  std::optional<Bound> predict_library(const Case& item, const Problem& problem, double level_bytes) const {
    std::optional<Bound> best;
    for (const Algorithm algorithm : algorithms_of(item.collective)) {
      Case candidate = item;
      candidate.algorithm = algorithm;
      candidate.channels = channels_for(item.collective, algorithm, item.transport, item.size, problem.ranks);
      const std::optional<Bound> bound = predict(candidate, problem, level_bytes);
      if (bound && (!best || bound->time < best->time)) best = bound;
    }
    return best;
  }

  double seconds_per_summed_byte(const Case& item) const {
    const auto here = sums_.find(is_on_gpu(item) ? Processor::gpu : Processor::host);
    if (here == sums_.end()) return 0;
    auto found = here->second.find(item.type);
    if (found == here->second.end()) found = here->second.find(ElementType::float32);
    if (found == here->second.end()) return 0;
    const auto& [size, time] = *found->second.begin();  // the smallest vector: messages are summed from cache
    return time / static_cast<double>(size);
  }

  /// What links and GPUs allow the first group of the case: the slowest group, which counts, is no faster.
  struct GroupLimits {
    FabricLimits fabric;
    GpuLimits gpus;
  };
  GroupLimits& first_group(const Case& item) {
    const std::pair<int, int> shape{item.ranks, item.stride};
    const auto found = groups_.find(shape);
    if (found != groups_.end()) return found->second;
    const std::vector<std::string> hosts = of_first_group(item, hosts_);
    GroupLimits limits{.fabric = FabricLimits(topology_, hosts),
                       .gpus = GpuLimits(topology_, hosts, of_first_group(item, gpus_))};
    return groups_.emplace(shape, std::move(limits)).first->second;
  }

  template <typename Value>
  static std::vector<Value> of_first_group(const Case& item, const std::vector<Value>& of_rank) {
    std::vector<Value> values;
    for (std::size_t rank = 0; rank < of_rank.size(); ++rank) {
      if (seat_of(item, static_cast<int>(rank)).group == 0) values.push_back(of_rank[rank]);
    }
    return values;
  }

  int host_group_size(const Case& item, int ranks) const {
    const std::vector<std::string> hosts = of_first_group(item, hosts_);
    return hosts.empty() ? (ranks + 1) / 2 : group_size_of(hosts);
  }

  const Plan& plan_;
  const Topology& topology_;
  std::vector<std::string> hosts_;  ///< [rank]
  std::vector<Gpu> gpus_;           ///< [rank]
  ImportLimits imported_;
  std::map<std::pair<int, int>, GroupLimits> groups_;  ///< by ranks and stride
  std::map<std::string, const Record*> by_id_;
  std::map<ElementType, double> peaks_;  ///< flop/s of one rank while all run, best sample
  std::vector<MemoryRate> rates_;
  /// Bytes of a vector -> median seconds.
  std::map<Processor, std::map<ElementType, std::map<std::uint64_t, double>>> sums_;
  std::map<TransportKind, TransferCurve> curves_;
};

}  // namespace

Expectations expectations_of(const Plan& plan, const Run& run, const Topology& topology) {
  return Expecting(plan, run, topology).all();
}

}  // namespace muster
