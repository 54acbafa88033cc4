// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/workload_suite.hpp"

#include "benchmarks/suites.hpp"
#include "collectives/generators.hpp"

namespace muster {
namespace {

constexpr Bytes kStream{std::uint64_t{1} << 30};     // far beyond any cache
constexpr Bytes kShortSize{std::uint64_t{1} << 20};  // below it a few hundred samples cost nothing

Case product_case(const WorkloadProduct& product, const PlanRequest& request) {
  Case item;
  item.family = Family::matmul;
  item.type = product.type;
  item.m = product.m;
  item.n = product.n;
  item.k = product.k;
  item.pattern = Pattern::entropy;
  item.sampling = {2, 6, 200};
  if (request.gpus.empty()) return item;
  item.processor = Processor::gpu;
  item.layout = product.layout;
  item.cache = request.cache;
  item.pattern = request.data;
  item.sampling = {3, 20, 400};
  return item;
}

Case stream_case() {
  Case item;
  item.family = Family::memory;
  item.processor = Processor::gpu;
  item.access = MemoryAccess::copy;
  item.size = kStream;
  item.sampling = {3, 20, 200};
  return item;
}

struct Ways {
  TransportKind transport;
  std::vector<Algorithm> algorithms;
};

/// MPI has no sums of bfloat16: there our own schedules move the same bytes over its messages.
std::vector<Algorithm> algorithms_on_mpi(Collective collective, ElementType type) {
  return reduces(collective) && type == ElementType::bfloat16 ? algorithms_of(collective)
                                                              : std::vector<Algorithm>{Algorithm::native};
}

Ways ways_of(const WorkloadCollective& one, const PlanRequest& request) {
  const bool has_gpu_each = request.ranks <= static_cast<int>(request.gpus.size()) || request.launcher != "threads";
  if (!request.gpus.empty() && has_gpu_each) return {TransportKind::nccl, {Algorithm::native}};
  if (!request.gpus.empty()) return {TransportKind::cuda, algorithms_of(one.collective)};
  if (request.launcher != "threads") return {TransportKind::mpi, algorithms_on_mpi(one.collective, one.type)};
  return {TransportKind::threads, algorithms_of(one.collective)};
}

Case collective_case(const WorkloadCollective& one, TransportKind transport, Algorithm algorithm,
                     const PlanRequest& request) {
  Case item;
  item.family = Family::collective;
  item.collective = one.collective;
  item.algorithm = algorithm;
  item.transport = transport;
  item.type = one.type;
  item.size = one.size;
  item.ranks = one.ranks == request.ranks ? 0 : one.ranks;
  item.stride = item.ranks > 0 ? one.stride : 1;
  const int ranks = one.ranks > 0 ? one.ranks : request.ranks;
  item.channels = channels_for(one.collective, algorithm, transport, one.size, ranks);
  item.sampling = one.size < kShortSize ? Sampling{20, 50, 1000} : Sampling{3, 10, 200};
  return item;
}

void add_collective(const WorkloadCollective& one, const PlanRequest& request, std::vector<Case>& cases) {
  const Ways ways = ways_of(one, request);
  for (const Algorithm algorithm : ways.algorithms) {
    cases.push_back(collective_case(one, ways.transport, algorithm, request));
  }
}

void add_overlap(const WorkloadOverlap& one, const PlanRequest& request, std::vector<Case>& cases) {
  const Ways ways = ways_of(one.collective, request);
  Case item = collective_case(one.collective, ways.transport, ways.algorithms.front(), request);
  cases.push_back(item);
  item.family = Family::overlap;
  item.products = one.products;
  item.product_type = one.product.type;
  item.m = one.product.m;
  item.n = one.product.n;
  item.k = one.product.k;
  if (is_on_gpu(item)) item.layout = one.product.layout;
  Case product = product_of(item);
  product.sampling = product_case(one.product, request).sampling;
  cases.push_back(std::move(product));
  cases.push_back(std::move(item));
}

}  // namespace

std::vector<Case> workload_cases(const PlanRequest& request) {
  std::vector<Case> cases;
  for (const WorkloadProduct& product : request.workload.products) cases.push_back(product_case(product, request));
  if (!request.gpus.empty()) cases.push_back(stream_case());
  for (const WorkloadCollective& one : request.workload.collectives) add_collective(one, request, cases);
  for (const WorkloadOverlap& one : request.workload.overlaps) add_overlap(one, request, cases);
  return cases;
}

}  // namespace muster
