// SPDX-License-Identifier: Apache-2.0
// Suites are tables: sizes, algorithms and shapes per suite below, loops over them after.
#include "benchmarks/suites.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <numeric>

#include "benchmarks/gpu_suite.hpp"
#include "benchmarks/shapes.hpp"
#include "collectives/generators.hpp"
#include "collectives/problem.hpp"
#include "core/error.hpp"

namespace muster {
namespace {

constexpr std::uint64_t KiB = 1024, MiB = 1024 * KiB, GiB = 1024 * MiB;

/// What a suite varies. Sizes are nccl-tests sizes.
struct Suite {
  std::vector<std::uint64_t> reduce_sizes;    ///< all_reduce and send_recv
  std::vector<std::uint64_t> exchange_sizes;  ///< all_to_all
  std::vector<std::uint64_t> other_sizes;     ///< all_gather, reduce_scatter, and those with a root
  std::vector<std::uint64_t> uneven_sizes;    ///< all_to_allv
  std::vector<std::int64_t> squares;          ///< matmul m = n = k
  std::vector<ElementType> types;             ///< of all_reduce beyond float, at the largest exchange size
  std::vector<std::uint64_t> working_sets;    ///< memory ceilings, per rank
  bool streaming;                             ///< all_reduce back to back, too
  bool in_place;                              ///< all_reduce in place, too
  int tokens;                                 ///< rows of the transformer shapes
  double precision;
};

std::vector<std::uint64_t> powers(std::uint64_t first, std::uint64_t last, std::uint64_t factor) {
  std::vector<std::uint64_t> sizes;
  for (std::uint64_t size = first; size <= last; size *= factor) sizes.push_back(size);
  return sizes;
}

Suite suite_named(const std::string& name) {
  using enum ElementType;
  if (name == "quick") {
    return {{8, KiB, 64 * KiB, MiB, 16 * MiB, 64 * MiB},
            {64 * KiB, MiB, 16 * MiB},
            {64 * KiB, 16 * MiB},
            {4 * MiB},
            {512, 1024, 2048},
            {bfloat16},
            {16 * KiB, 256 * KiB, MiB, 8 * MiB, 64 * MiB, 256 * MiB},
            true,
            true,
            512,
            0.05};
  }
  if (name == "standard") {
    return {powers(8, 256 * MiB, 4),
            powers(KiB, 64 * MiB, 8),
            powers(KiB, 64 * MiB, 8),
            {64 * KiB, 4 * MiB, 64 * MiB},
            {256, 512, 1024, 2048, 4096},
            {bfloat16, float16, int32},
            powers(8 * KiB, 512 * MiB, 4),
            true,
            true,
            2048,
            0.02};
  }
  if (name == "full") {
    return {powers(8, 512 * MiB, 2),
            powers(64, 256 * MiB, 4),
            powers(64, 256 * MiB, 4),
            powers(16 * KiB, 64 * MiB, 16),
            {128, 256, 512, 1024, 2048, 4096},
            {int8, uint8, int32, uint32, int64, uint64, float16, float64, bfloat16},
            powers(4 * KiB, GiB, 4),
            true,
            true,
            4096,
            0.01};
  }
  throw Error("unknown suite '" + name + "': expected quick, standard or full");
}

class Planner {
 public:
  Planner(const PlanRequest& request, const Topology& topology)
      : request_(request), topology_(topology), suite_(suite_named(request.suite)) {
    plan_.suite = request.suite;
    plan_.ranks = request.ranks;
    plan_.launcher = request.launcher;
    plan_.budget = request.budget + request.sustain;
    plan_.seed = request.seed;
    plan_.check_iterations = request.check_iterations;
  }

  Plan make() {
    if (!request_.workload.empty()) {
      add_workload();
    } else if (request_.gpus.empty()) {
      add_host_cases();
    } else {
      for (Case& item : gpu_cases(request_, topology_)) add(std::move(item));
    }
    keep_selected();
    check_memory();
    return std::move(plan_);
  }

 private:
  void add_host_cases() {
    add_ceilings();
    add_matmuls();
    add_reduces();
    if (request_.launcher == "threads") {
      add_collectives({TransportKind::threads});
    } else {
      add_collectives({TransportKind::mpi, TransportKind::shm});
    }
  }

  /// On the host with what its limits and predictions are computed from.
  void add_workload() {
    plan_.suite = "training";
    std::vector<Case> cases = workload_cases(request_);
    if (request_.gpus.empty()) {
      add_ceilings();
      const bool is_one_process = request_.launcher == "threads";
      add_sweep(Collective::send_recv, suite_.reduce_sizes,
                {is_one_process ? TransportKind::threads : TransportKind::mpi});
      std::erase_if(plan_.cases, [&](const Case& ceiling) {
        return std::ranges::none_of(cases, [&](const Case& item) { return bounds(ceiling, item); });
      });
    }
    for (Case& item : cases) {
      const auto same = [id = case_id(item)](const Case& other) { return other.id == id; };
      if (std::ranges::none_of(plan_.cases, same)) add(std::move(item));
    }
  }

  void add(Case item) {
    item.sampling.precision = suite_.precision;
    item.sampling.fixed = request_.fixed_samples;
    item.id = case_id(item);
    plan_.cases.push_back(std::move(item));
  }

  void add_ceilings() {
    for (const ElementType type :
         {ElementType::float32, ElementType::float64, ElementType::float16, ElementType::bfloat16, ElementType::int8}) {
      Case item;
      item.family = Family::peak;
      item.type = type;
      item.sampling = {2, 20, 200};
      add(item);
    }
    for (const std::uint64_t working_set : suite_.working_sets) {
      for (const MemoryAccess access :
           {MemoryAccess::read, MemoryAccess::write, MemoryAccess::copy, MemoryAccess::add}) {
        Case item;
        item.family = Family::memory;
        item.access = access;
        item.size = Bytes{working_set};
        item.sampling = {2, 10, 50};
        item.sampling.weight = weight_of(working_set);
        add(item);
      }
    }
  }

  void add_matmul(ElementType type, std::int64_t m, std::int64_t n, std::int64_t k) {
    Case item;
    item.family = Family::matmul;
    item.type = type;
    item.pattern = Pattern::entropy;
    item.m = m;
    item.n = n;
    item.k = k;
    item.sampling = {2, 6, 200};
    item.sampling.weight = 1;
    // A layer of the model may be a square of the list.
    const auto same = [id = case_id(item)](const Case& other) { return other.id == id; };
    if (std::ranges::none_of(plan_.cases, same)) add(item);
  }

  void add_matmuls() {
    for (const ElementType type :
         {ElementType::float32, ElementType::bfloat16, ElementType::float16, ElementType::int8}) {
      for (const std::int64_t side : suite_.squares) add_matmul(type, side, side, side);
    }
    for (const LayerShape& layer : kLayerShapes) {
      add_matmul(ElementType::bfloat16, suite_.tokens, layer.n, layer.k);
    }
  }

  void add_reduces() {
    for (const ElementType type : {ElementType::float32, ElementType::float16, ElementType::bfloat16}) {
      for (const std::uint64_t size : {64 * KiB, 16 * MiB}) {
        Case item;
        item.family = Family::reduce;
        item.type = type;
        item.size = Bytes{size};
        item.sampling = {2, 10, 200};
        item.sampling.weight = 0.5;
        add(item);
      }
    }
  }

  void add_collectives(const std::vector<TransportKind>& transports) {
    // send_recv first: its curve is what predicts all others.
    add_sweep(Collective::send_recv, suite_.reduce_sizes, transports);
    add_sweep(Collective::all_reduce, suite_.reduce_sizes, transports);
    for (const ElementType type : suite_.types) {
      add_subjects(Collective::all_reduce, suite_.exchange_sizes.back(), transports,
                   [&](Case& item) { item.type = type; });
    }
    if (suite_.in_place) {
      add_subjects(Collective::all_reduce, suite_.exchange_sizes.back(), transports,
                   [](Case& item) { item.placement = Placement::in_place; });
    }
    if (suite_.streaming) {
      add_subjects(Collective::all_reduce, suite_.exchange_sizes.back(), transports,
                   [](Case& item) { item.cadence = Cadence::streaming; });
    }
    for (const Collective collective : {Collective::reduce_scatter, Collective::all_gather, Collective::broadcast,
                                        Collective::reduce, Collective::gather, Collective::scatter}) {
      add_sweep(collective, suite_.other_sizes, transports);
    }
    add_sweep(Collective::all_to_all, suite_.exchange_sizes, transports);
    std::vector<std::string> kinds = {"even", "skewed", "hot"};
    for (const std::string& file : request_.traffic_files) kinds.push_back("file:" + file);
    for (const std::uint64_t size : suite_.uneven_sizes) {
      for (const std::string& kind : kinds) {
        add_subjects(Collective::all_to_allv, size, transports, [&](Case& item) { item.traffic = kind; });
      }
    }
  }

  void add_sweep(Collective collective, const std::vector<std::uint64_t>& sizes,
                 const std::vector<TransportKind>& transports) {
    for (const std::uint64_t size : sizes) {
      // With many ranks a small size leaves no whole element for each.
      const Problem problem = problem_of_size(collective, request_.ranks, Bytes{size}, ElementType::float32);
      if (size_of(problem).value > 0) add_subjects(collective, size, transports, [](Case&) {});
    }
  }

  /// The library and every algorithm that has a schedule, on each transport: one table of comparable rows.
  template <typename Change>
  void add_subjects(Collective collective, std::uint64_t size, const std::vector<TransportKind>& transports,
                    Change change) {
    for (const TransportKind transport : transports) {
      std::vector<Algorithm> algorithms = algorithms_of(collective);
      if (transport == TransportKind::mpi) algorithms.insert(algorithms.begin(), Algorithm::native);
      for (const Algorithm algorithm : algorithms) {
        Case item;
        item.family = Family::collective;
        item.collective = collective;
        item.algorithm = algorithm;
        item.transport = transport;
        item.size = Bytes{size};
        item.channels = channels_for(collective, algorithm, transport, item.size, request_.ranks);
        item.sampling.weight = weight_of(size);
        set_counts(item.sampling, size);
        change(item);
        add(item);
      }
    }
  }

  /// Short operations cost nothing to repeat, and their first hundred find cold branch predictors and connections.
  static void set_counts(Sampling& sampling, std::uint64_t size) {
    if (size < 256 * KiB) {
      sampling.warmup = 100;
      sampling.at_least = 200;
    } else if (size < 16 * MiB) {
      sampling.warmup = 10;
      sampling.at_least = 30;
    } else {
      sampling.warmup = 2;
      sampling.at_least = 10;
    }
  }

  /// Large messages need longer for the same number of samples; small ones are over in a blink whatever they get.
  static double weight_of(std::uint64_t size) { return size >= 16 * MiB ? 4 : size >= MiB ? 1 : 0.5; }

  void keep_selected() {
    if (request_.cases.empty()) return;
    std::vector<Case> kept;
    for (const std::string& pattern : request_.cases) {
      const auto selects = [&](const Case& item) { return fnmatch(pattern.c_str(), item.id.c_str(), 0) == 0; };
      if (std::ranges::none_of(plan_.cases, selects)) {
        throw Error("--cases '" + pattern + "' selects no case of the suite " + request_.suite +
                    " (muster plan lists them)");
      }
    }
    std::vector<const Case*> wanted;
    for (const Case& item : plan_.cases) {
      const auto selects = [&](const std::string& pattern) {
        return fnmatch(pattern.c_str(), item.id.c_str(), 0) == 0;
      };
      if (std::ranges::any_of(request_.cases, selects)) wanted.push_back(&item);
    }
    for (const Case& item : plan_.cases) {
      const auto is_needed = [&](const Case* other) { return other == &item || bounds(item, *other); };
      if (std::ranges::any_of(wanted, is_needed)) kept.push_back(item);
    }
    plan_.cases = std::move(kept);
  }

  /// About what one rank touches in one operation.
  static std::uint64_t touched_bytes(const Case& item) {
    if (item.family != Family::matmul) return 2 * item.size.value;
    const std::int64_t elements = item.m * item.k + item.k * item.n + item.m * item.n;
    return static_cast<std::uint64_t>(elements) * size_of(item.type);
  }

  /// Does the limit or the prediction of `item` come from this ceiling, or is it a half of it? Much larger ones than
  /// the case say nothing of it.
  static bool bounds(const Case& ceiling, const Case& item) {
    if (item.family == Family::overlap) {
      const Case collective = collective_of(item), product = product_of(item);
      return ceiling.id == collective.id || ceiling.id == product.id || bounds(ceiling, collective) ||
             bounds(ceiling, product);
    }
    if (is_on_gpu(ceiling) && ceiling.family != Family::collective) return false;
    const bool is_product = item.family == Family::matmul;
    const bool is_collective = item.family == Family::collective;
    if (ceiling.family == Family::peak) return is_product && ceiling.type == item.type;
    if (ceiling.family == Family::memory) {
      const bool is_bounded = is_product || is_collective || item.family == Family::reduce;
      return is_bounded && ceiling.size.value <= std::max(2 * touched_bytes(item), 16 * KiB);
    }
    return is_collective && ceiling.family == Family::collective && ceiling.collective == Collective::send_recv &&
           ceiling.algorithm == Algorithm::ring && ceiling.transport == item.transport &&
           ceiling.size.value <= std::max(item.size.value, MiB);
  }

  void check_memory() const {
    for (const Case& item : plan_.cases) {
      const std::uint64_t memory = is_on_gpu(item) ? gpu_memory() : host_memory();
      const std::uint64_t need = memory_needed(item);
      if (memory == 0 || need <= memory / 4 * 3) continue;
      throw Error("case " + item.id + " needs about " + format_size(Bytes{need}) + " of memory, the " +
                  (is_on_gpu(item) ? "GPU" : "host") + " has " + format_size(Bytes{memory}) +
                  ": take fewer ranks, or select smaller cases with --cases");
    }
  }

  std::uint64_t host_memory() const { return topology_.hosts.empty() ? 0 : topology_.hosts.front().memory.value; }

  std::uint64_t gpu_memory() const {
    if (request_.gpus.empty()) return 0;
    return std::ranges::min(request_.gpus, {}, [](const Gpu& gpu) { return gpu.memory; }).memory.value;
  }

  /// Of all ranks that share the memory. Input, output, and scratch or staging; a stream has its arrays only.
  std::uint64_t memory_needed(const Case& item) const {
    const std::uint64_t buffers = has_collective(item) ? 3 : item.family == Family::memory ? 1 : 0;
    const auto ranks =
        static_cast<std::uint64_t>(request_.ranks_per_host > 0 ? request_.ranks_per_host : request_.ranks);
    const std::uint64_t gpus = std::max<std::uint64_t>(request_.gpus.size(), 1);
    return buffers * item.size.value * (is_on_gpu(item) ? (ranks + gpus - 1) / gpus : ranks);
  }

  const PlanRequest& request_;
  const Topology& topology_;
  Suite suite_;
  Plan plan_;
};

}  // namespace

int channels_for(Collective collective, Algorithm algorithm, TransportKind transport, Bytes size, int ranks) {
  if (algorithm == Algorithm::native || collective == Collective::send_recv) return 1;
  // On a GPU a slice must be long against the 2 to 5 us that each queued piece of work costs.
  if (is_on_gpu(transport)) return static_cast<int>(std::clamp<std::uint64_t>(size.value / (32 * MiB), 1, 4));
  const bool reads_in_place = transport == TransportKind::shm || transport == TransportKind::threads;
  if (collective == Collective::all_reduce && algorithm == Algorithm::pairwise && reads_in_place) return 1;
  // Slices of 512 KiB: two of them, read and written, fit a private cache of 2 MiB (docs/measurements/host-2-cores.md).
  // Messages cost more than reads in place, so mpi takes slices of 1 MiB.
  const std::uint64_t slice = transport == TransportKind::mpi ? MiB : 512 * KiB;
  // A block per pair of ranks is many chunks already, and each of them is followed on every rank.
  const bool has_block_per_pair = collective == Collective::all_to_all || collective == Collective::all_to_allv;
  const int most = has_block_per_pair ? std::max(64 / ranks, 1) : 128;
  return static_cast<int>(std::clamp<std::uint64_t>(size.value / slice, 1, static_cast<std::uint64_t>(most)));
}

Plan make_plan(const PlanRequest& request, const Topology& topology) {
  if (request.ranks < 1) throw Error("--ranks must be at least 1");
  return Planner(request, topology).make();
}

}  // namespace muster
