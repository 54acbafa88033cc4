// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/gpu_suite.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "benchmarks/shapes.hpp"
#include "collectives/generators.hpp"
#include "collectives/problem.hpp"
#include "core/error.hpp"

namespace muster {
namespace {

constexpr std::uint64_t KiB = 1024, MiB = 1024 * KiB, GiB = 1024 * MiB;

/// What a suite varies on GPUs. Sizes are nccl-tests sizes.
struct GpuSuite {
  std::vector<std::int64_t> squares;         ///< native, every type
  std::vector<std::int64_t> ladder_squares;  ///< our bodies, bfloat16
  std::vector<std::uint64_t> working_sets;   ///< memory, per GPU
  std::vector<std::uint64_t> link_sizes;
  std::vector<LinkMethod> link_methods;
  std::vector<std::uint64_t> reduce_sizes;    ///< all_reduce and send_recv
  std::vector<std::uint64_t> exchange_sizes;  ///< all_to_all
  std::vector<std::uint64_t> other_sizes;     ///< all_gather, reduce_scatter, broadcast, reduce
  std::vector<ElementType> types;             ///< of all_reduce beyond float
  int tokens;                                 ///< rows of the transformer shapes
  bool varies_operands;                       ///< layouts and epilogues, too
};

GpuSuite gpu_suite_named(const std::string& name) {
  using enum ElementType;
  using enum LinkMethod;
  if (name == "quick") {
    return {{8192},
            {4096, 8192},
            {GiB},
            {256 * MiB},
            {copy_engine},
            {8, 64 * KiB, MiB, 16 * MiB, 256 * MiB, GiB},
            {64 * KiB, 16 * MiB, 256 * MiB},
            {256 * MiB},
            {bfloat16},
            4096,
            false};
  }
  if (name == "standard") {
    return {{1024, 4096, 8192, 16384},
            {2048, 4096, 8192, 16384},
            {64 * MiB, GiB, 4 * GiB},
            {4 * KiB, 256 * MiB},
            {copy_engine, kernel_load},
            {8, 128, 2 * KiB, 32 * KiB, 512 * KiB, 8 * MiB, 128 * MiB, GiB, 4 * GiB},
            {KiB, 64 * KiB, 4 * MiB, 64 * MiB, GiB},
            {KiB, 64 * KiB, 4 * MiB, 64 * MiB, GiB},
            {bfloat16, float16, float8_e4m3},
            8192,
            true};
  }
  if (name == "full") {
    GpuSuite suite{{256, 512, 1024, 2048, 4096, 8192, 16384},
                   {512, 1024, 2048, 4096, 8192, 16384},
                   {16 * MiB, 64 * MiB, 256 * MiB, GiB, 4 * GiB, 16 * GiB},
                   {4 * KiB, MiB, 64 * MiB, GiB},
                   {copy_engine, kernel_load, kernel_store},
                   {},
                   {},
                   {},
                   {int8, uint8, int32, uint32, int64, uint64, float16, float64, bfloat16, float8_e4m3, float8_e5m2},
                   16384,
                   true};
    for (std::uint64_t size = 8; size <= 8 * GiB; size *= 2) suite.reduce_sizes.push_back(size);
    for (std::uint64_t size = 64; size <= 4 * GiB; size *= 4) suite.exchange_sizes.push_back(size);
    suite.other_sizes = suite.exchange_sizes;
    return suite;
  }
  throw Error("unknown suite '" + name + "': expected quick, standard or full");
}

struct MatmulKind {
  ElementType type;
  FloatMath math = FloatMath::full;
};

constexpr MatmulKind kMatmulKinds[] = {
    {ElementType::float64}, {ElementType::float32},  {ElementType::float32, FloatMath::tf32},
    {ElementType::float16}, {ElementType::bfloat16}, {ElementType::float8_e4m3},
    {ElementType::int8},
};

class GpuPlanner {
 public:
  GpuPlanner(const PlanRequest& request, const Topology& topology)
      : request_(request), topology_(topology), suite_(gpu_suite_named(request.suite)) {}

  std::vector<Case> make() {
    add_matmuls();
    add_memory();
    add_links();
    add_collectives();
    return std::move(cases_);
  }

 private:
  Case matmul_case(MatmulBody body, const MatmulKind& kind, const LayerShape& shape, std::int64_t m) const {
    Case item;
    item.family = Family::matmul;
    item.processor = Processor::gpu;
    item.body = body;
    item.type = kind.type;
    item.math = kind.math;
    item.layout = MatmulLayout::nt;  // a linear layer
    item.cache = request_.cache;
    item.pattern = request_.data;
    item.m = m;
    item.n = shape.n;
    item.k = shape.k;
    item.sampling = {3, 20, 400};
    return item;
  }

  Case square_case(MatmulBody body, const MatmulKind& kind, std::int64_t side) const {
    return matmul_case(body, kind, {.name = "square", .n = side, .k = side}, side);
  }

  /// Ceilings first: the library at every type, then the ladder, then what a model multiplies.
  void add_matmuls() {
    for (const MatmulKind& kind : kMatmulKinds) {
      for (const std::int64_t side : suite_.squares) add(square_case(MatmulBody::native, kind, side));
    }
    const MatmulKind bfloat16{ElementType::bfloat16};
    for (const MatmulBody body : {MatmulBody::plain, MatmulBody::tiled, MatmulBody::mma, MatmulBody::wgmma}) {
      for (const std::int64_t side : suite_.ladder_squares) {
        // The naive ones take seconds where the others take milliseconds, and tell nothing new there.
        const bool is_slow = body == MatmulBody::plain || body == MatmulBody::tiled;
        if (!is_slow || side <= 4096) add(square_case(body, bfloat16, side));
      }
    }
    add(square_case(MatmulBody::wgmma, {ElementType::float8_e4m3}, suite_.ladder_squares.back()));
    for (const LayerShape& layer : kLayerShapes) add(matmul_case(MatmulBody::native, bfloat16, layer, suite_.tokens));
    for (const GpuShape& shape : request_.shapes) {
      add(matmul_case(MatmulBody::native, bfloat16, {.name = "asked for", .n = shape.n, .k = shape.k}, shape.m));
    }
    if (suite_.varies_operands) add_operand_kinds(bfloat16);
    add_sustained(bfloat16);
  }

  /// How the operands lie and what follows the product.
  void add_operand_kinds(const MatmulKind& kind) {
    const std::int64_t side = suite_.ladder_squares.back();
    for (const MatmulLayout layout : {MatmulLayout::nn, MatmulLayout::tn, MatmulLayout::tt}) {
      Case item = square_case(MatmulBody::native, kind, side);
      item.layout = layout;
      add(item);
    }
    for (const MatmulBody body : {MatmulBody::native, MatmulBody::wgmma}) {
      Case item = square_case(body, kind, side);
      item.epilogue = Epilogue::bias_relu;
      add(item);
    }
  }

  /// Power and heat show in seconds, not in milliseconds.
  void add_sustained(const MatmulKind& kind) {
    if (request_.sustain.value <= 0) return;
    Case item = square_case(MatmulBody::native, kind, suite_.squares.back());
    item.cache = Cache::hot;
    item.cadence = Cadence::streaming;
    item.sustain = request_.sustain;
    add(item);
  }

  void add_memory() {
    for (const std::uint64_t working_set : suite_.working_sets) {
      for (const MemoryAccess access : {MemoryAccess::engine_copy, MemoryAccess::copy, MemoryAccess::read,
                                        MemoryAccess::write, MemoryAccess::triad}) {
        Case item;
        item.family = Family::memory;
        item.processor = Processor::gpu;
        item.access = access;
        item.size = Bytes{working_set};
        item.sampling = {3, 20, 200};
        add(item);
      }
    }
    for (const ElementType type : {ElementType::float32, ElementType::bfloat16}) {
      Case item;
      item.family = Family::reduce;
      item.processor = Processor::gpu;
      item.type = type;
      item.size = Bytes{256 * MiB};
      item.sampling = {3, 20, 200};
      add(item);
    }
  }

  void add_link(LinkMethod method, const LinkEnd& source, const LinkEnd& target, std::uint64_t size) {
    Case item;
    item.family = Family::link;
    item.method = method;
    item.source = source;
    item.target = target;
    item.size = Bytes{size};
    item.sampling = {2, 10, 100};
    item.sampling.weight = 0.25;  // there are many of them
    add(item);
  }

  /// One at a time, so that each number belongs to one link.
  void add_links() {
    const int gpus = static_cast<int>(request_.gpus.size());
    const int nodes = topology_.hosts.empty() ? 1 : std::max(topology_.hosts.front().numa_nodes, 1);
    for (const std::uint64_t size : suite_.link_sizes) {
      for (int gpu = 0; gpu < gpus; ++gpu) {
        const LinkEnd here{Processor::gpu, gpu};
        for (int node = 0; node < nodes; ++node) {
          const LinkEnd memory{Processor::host, node};
          add_link(LinkMethod::copy_engine, memory, here, size);
          add_link(LinkMethod::copy_engine, here, memory, size);
        }
        for (int other = 0; other < gpus; ++other) {
          if (other == gpu) continue;
          for (const LinkMethod method : suite_.link_methods) add_link(method, here, {Processor::gpu, other}, size);
        }
      }
    }
  }

  /// NCCL needs a GPU for each rank, our own transport all ranks in one process.
  std::vector<TransportKind> transports() const {
    if (request_.launcher != "threads") return {TransportKind::nccl};
    if (request_.ranks > static_cast<int>(request_.gpus.size())) return {TransportKind::cuda};
    return {TransportKind::nccl, TransportKind::cuda};
  }

  void add_collectives() {
    // send_recv first: its curve is what predicts all others.
    add_sweep(Collective::send_recv, suite_.reduce_sizes);
    add_sweep(Collective::all_reduce, suite_.reduce_sizes);
    const std::uint64_t large = suite_.exchange_sizes.back();
    for (const ElementType type : suite_.types) {
      add_subjects(Collective::all_reduce, large, [&](Case& item) { item.type = type; });
    }
    add_subjects(Collective::all_reduce, large, [](Case& item) { item.placement = Placement::in_place; });
    add_subjects(Collective::all_reduce, large, [](Case& item) { item.cadence = Cadence::streaming; });
    add_library(Collective::all_reduce, 64 * KiB, [](Case& item) { item.launch = Launch::graph; });
    add_library(Collective::all_reduce, large, [](Case& item) { item.buffers = Buffers::registered; });
    for (const Collective collective :
         {Collective::reduce_scatter, Collective::all_gather, Collective::broadcast, Collective::reduce}) {
      add_sweep(collective, suite_.other_sizes);
    }
    add_sweep(Collective::all_to_all, suite_.exchange_sizes);
    for (const char* kind : {"even", "skewed", "hot"}) {
      add_subjects(Collective::all_to_allv, large, [&](Case& item) { item.traffic = kind; });
    }
    for (const std::string& file : request_.traffic_files) {
      add_subjects(Collective::all_to_allv, large, [&](Case& item) { item.traffic = "file:" + file; });
    }
  }

  void add_sweep(Collective collective, const std::vector<std::uint64_t>& sizes) {
    for (const std::uint64_t size : sizes) {
      const Problem problem = problem_of_size(collective, request_.ranks, Bytes{size}, ElementType::float32);
      if (size_of(problem).value > 0) add_subjects(collective, size, [](Case&) {});
    }
  }

  template <typename Change>
  void add_subjects(Collective collective, std::uint64_t size, Change change) {
    for (const TransportKind transport : transports()) {
      std::vector<Algorithm> algorithms = algorithms_of(collective);
      if (transport == TransportKind::nccl) algorithms.insert(algorithms.begin(), Algorithm::native);
      for (const Algorithm algorithm : algorithms) add_collective(collective, algorithm, transport, size, change);
    }
  }

  template <typename Change>
  void add_library(Collective collective, std::uint64_t size, Change change) {
    for (const TransportKind transport : transports()) {
      if (transport != TransportKind::nccl) continue;
      add_collective(collective, Algorithm::native, transport, size, change);
    }
  }

  template <typename Change>
  void add_collective(Collective collective, Algorithm algorithm, TransportKind transport, std::uint64_t size,
                      Change change) {
    Case item;
    item.family = Family::collective;
    item.collective = collective;
    item.algorithm = algorithm;
    item.transport = transport;
    item.size = Bytes{size};
    item.channels = channels_for(collective, algorithm, transport, item.size, request_.ranks);
    item.sampling = size < MiB ? Sampling{20, 50, 1000} : Sampling{5, 20, 200};
    change(item);
    add(item);
  }

  /// A layer of a model may be a square of the list.
  void add(Case item) {
    const auto same = [id = case_id(item)](const Case& other) { return case_id(other) == id; };
    if (std::ranges::none_of(cases_, same)) cases_.push_back(std::move(item));
  }

  const PlanRequest& request_;
  const Topology& topology_;
  GpuSuite suite_;
  std::vector<Case> cases_;
};

}  // namespace

GpuShape parse_gpu_shape(std::string_view text) {
  constexpr std::int64_t kMost = std::int64_t{1} << 20;
  std::array<std::int64_t, 3> sides{};
  const char* at = text.data();
  const char* const last = text.data() + text.size();
  for (std::size_t i = 0; i < sides.size(); ++i) {
    if (i > 0 && (at == last || *at++ != 'x')) at = last;
    const auto [stop, status] = std::from_chars(at, last, sides[i]);
    if (status != std::errc() || sides[i] < 1 || sides[i] > kMost) {
      throw Error("'" + std::string(text.substr(0, 60)) + "' is no shape: write MxNxK, each from 1 to 1048576");
    }
    at = stop;
  }
  if (at != last) throw Error("'" + std::string(text.substr(0, 60)) + "' is no shape: write MxNxK");
  return {sides[0], sides[1], sides[2]};
}

std::vector<Case> gpu_cases(const PlanRequest& request, const Topology& topology) {
  return GpuPlanner(request, topology).make();
}

}  // namespace muster
