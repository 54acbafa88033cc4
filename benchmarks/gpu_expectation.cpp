// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/gpu_expectation.hpp"

#include <algorithm>
#include <map>

#include "core/error.hpp"
#include "topology/gpu_arithmetic.hpp"
#include "topology/memory_limits.hpp"

namespace muster {
namespace {

double product(std::int64_t a, std::int64_t b) { return static_cast<double>(a) * static_cast<double>(b); }

/// Bytes of one element of C.
double result_size(ElementType type) {
  if (type == ElementType::int8) return 4;
  if (type == ElementType::float8_e4m3 || type == ElementType::float8_e5m2) return 2;
  return static_cast<double>(size_of(type));
}

/// The later of two bounds, either of which may be missing.
void take_later(std::optional<Bound>& bound, const std::optional<Bound>& other) {
  if (other && (!bound || other->time > bound->time)) bound = other;
}

/// Time for bytes that must cross to memory although the cache may hold `cached` of them.
std::optional<Bound> crossing(double bytes, double cached, const Gpu& gpu) {
  if (gpu.memory_rate.value <= 0 || bytes <= cached) return std::nullopt;
  return Bound{Seconds{(bytes - cached) / gpu.memory_rate.value}, "memory bandwidth of the GPU"};
}

/// Where all GPUs are alike this is one of them; else the slowest bounds the slowest rank.
template <typename LimitOf>
std::optional<Bound> latest(const std::vector<Gpu>& gpus, LimitOf limit_of) {
  std::optional<Bound> bound;
  for (const Gpu& gpu : gpus) take_later(bound, limit_of(gpu));
  return bound;
}

}  // namespace

std::optional<Bound> matmul_limit(const Case& item, const Gpu& gpu) {
  std::optional<Bound> bound;
  const std::optional<double> per_clock = flops_per_clock(gpu.compute_capability, item.type, item.math);
  const double peak = per_clock.value_or(0) * gpu.multiprocessors * gpu.clock_hertz;
  const double flops = 2 * product(item.m, item.n) * static_cast<double>(item.k);
  if (peak > 0) bound = Bound{Seconds{flops / peak}, "arithmetic peak at the highest clock"};
  const double element = static_cast<double>(size_of(item.type));
  const double read = element * (product(item.m, item.k) + product(item.k, item.n));
  const double written = result_size(item.type) * product(item.m, item.n);
  const double cache = static_cast<double>(gpu.cache.value);
  if (item.cache == Cache::cold) {
    take_later(bound, crossing(read + std::max(written - cache, 0.0), 0, gpu));
  } else {
    take_later(bound, crossing(read + written, cache, gpu));
  }
  return bound;
}

std::optional<Bound> memory_limit(Bytes moved, const Gpu& gpu) {
  return crossing(static_cast<double>(moved.value), static_cast<double>(gpu.cache.value), gpu);
}

GpuLimits::GpuLimits(const Topology& topology, std::vector<std::string> hosts, std::vector<Gpu> gpus)
    : topology_(topology), hosts_(std::move(hosts)), gpus_(std::move(gpus)) {
  if (gpus_.empty()) return;
  std::vector<RankPlace> places;
  for (std::size_t rank = 0; rank < gpus_.size(); ++rank) {
    places.push_back({.host = hosts_.at(rank), .address = gpus_[rank].address, .index = gpus_[rank].ordinal});
  }
  fabric_.emplace(topology, places);
}

Expectation GpuLimits::of(const Case& item, const Problem* problem) {
  if (gpus_.empty()) return {{}, {}, "the run does not name its GPUs"};
  if (item.family == Family::link) return of_link(item);
  return problem != nullptr ? of_collective(item, *problem) : of_kernel(item);
}

Expectation GpuLimits::of_kernel(const Case& item) const {
  Expectation expectation;
  expectation.limit = latest(gpus_, [&](const Gpu& gpu) {
    if (item.family == Family::matmul) return matmul_limit(item, gpu);
    return memory_limit(item.family == Family::reduce ? item.size * 3 : item.size, gpu);
  });
  if (!expectation.limit) {
    expectation.unknown = item.family == Family::matmul ? "the GPU's rate for this type is not known"
                                                        : "the working set fits the GPU's cache, or its memory "
                                                          "rate is not known";
  }
  return expectation;
}

RankPlace GpuLimits::place_of(const LinkEnd& end) const {
  RankPlace place{.host = hosts_.front(), .processor = end.processor, .index = end.index};
  const auto found = std::ranges::find(gpus_, end.index, &Gpu::ordinal);
  if (end.processor == Processor::gpu && found != gpus_.end()) place.address = found->address;
  return place;
}

/// GPUs are ranks of the graph as it is. An end in host memory becomes a process beside its CPU package, and so does
/// the GPU at the other end, each by a link that binds nothing.
GpuLimits::LinkGraph GpuLimits::graph_of(const std::array<RankPlace, 2>& ends) const {
  constexpr BytesPerSecond kUnbound{1e15};
  LinkGraph graph{topology_, {}};
  const int source = device_at(topology_, ends[0]), target = device_at(topology_, ends[1]);
  if (ends[0].processor == Processor::gpu && ends[1].processor == Processor::gpu) {
    const std::vector<int> ranks = rank_devices(topology_);
    const auto rank_of = [&](int device) { return static_cast<int>(std::ranges::find(ranks, device) - ranks.begin()); };
    graph.ends = {.source = rank_of(source), .target = rank_of(target)};
    return graph;
  }
  for (const int device : {source, target}) {
    const int process = add_device(graph.topology, {.id = "end" + std::to_string(device), .kind = DeviceKind::process});
    join(graph.topology, device, process,
         {.kind = LinkKind::internal, .capacity = stated_rate(kUnbound, "memory of the end itself")});
  }
  graph.ends = {.source = 0, .target = 1};
  return graph;
}

/// A transfer takes one way, the direct one: what other ways could carry beside it bounds nothing here.
Expectation GpuLimits::of_link(const Case& item) const {
  Expectation expectation;
  const bool is_within_one = item.source.processor == item.target.processor && item.source.index == item.target.index;
  if (is_within_one) {
    expectation.limit = memory_limit(item.size * 2, gpus_.front());
    return expectation;
  }
  try {
    const LinkGraph graph = graph_of({place_of(item.source), place_of(item.target)});
    Routes routes(graph.topology);
    const Route& route = routes.between(graph.ends);
    double narrowest = 0;
    for (const int link : route.path) {
      const double rate = graph.topology.links[static_cast<std::size_t>(link)].capacity.line.value;
      if (rate > 0 && (narrowest == 0 || rate < narrowest)) narrowest = rate;
    }
    if (narrowest > 0) {
      expectation.limit =
          Bound{item.size / BytesPerSecond{narrowest}, "line rate of the way " + std::string(name_of(route.type))};
    } else {
      expectation.unknown = "no rate on the way between the two ends is known; describe the host with --topology";
    }
  } catch (const Error& error) {
    expectation.unknown = error.what();
  }
  return expectation;
}

/// Ranks that share a GPU share its memory: what all of them must read and write crosses it, but for a cacheful.
std::optional<Bound> GpuLimits::shared_memory_limit(const Case& item, const Problem& problem) const {
  const Traffic traffic = least_traffic(item.collective, problem.ranks, size_of(problem), item.placement);
  std::map<std::string, double> ranks_on;  // by UUID
  for (const Gpu& gpu : gpus_) ++ranks_on[gpu.uuid];
  return latest(gpus_, [&](const Gpu& gpu) {
    const double bytes = (traffic.read_bytes + traffic.written_bytes) * ranks_on[gpu.uuid];
    return crossing(bytes, static_cast<double>(gpu.cache.value), gpu);
  });
}

Expectation GpuLimits::of_collective(const Case& item, const Problem& problem) {
  Expectation expectation;
  expectation.limit = fabric_->of(item.collective, size_of(problem));
  take_later(expectation.limit, shared_memory_limit(item, problem));
  if (!expectation.limit) expectation.unknown = fabric_->unknown();
  return expectation;
}

}  // namespace muster
