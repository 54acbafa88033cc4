// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/gpu_search.hpp"

#include <algorithm>
#include <string>

#include "collectives/gpu_binding.hpp"
#include "kernels/device_kernel.hpp"

namespace muster {
namespace {

constexpr int kRuns = 7;  ///< of a shape; the median counts

/// A, B and C together: large enough for every shape that fills a GPU, small enough to be filled in a second.
constexpr Bytes kMemory{std::uint64_t{2} << 30};

Seconds median_time(DeviceTimer& timer, DeviceMatmul& matmul, Cache cache) {
  timer.time(matmul, cache);  // warms up
  std::vector<Seconds> times;
  for (int i = 0; i < kRuns; ++i) times.push_back(timer.time(matmul, cache));
  std::ranges::nth_element(times, times.begin() + kRuns / 2);
  return times[kRuns / 2];
}

}  // namespace

std::variant<GpuSearch, Unsupported> search_on_gpu(const GpuSearchRequest& request) {
  const auto found = gpus_here();
  if (const auto* missing = std::get_if<Unsupported>(&found)) return *missing;
  const auto& gpus = std::get<std::vector<Gpu>>(found);
  if (request.gpu < 0 || request.gpu >= static_cast<int>(gpus.size())) {
    return Unsupported{"there is no GPU " + std::to_string(request.gpu) + " here: " + std::to_string(gpus.size()) +
                       " in all"};
  }
  use_gpu(request.gpu);
  const auto timer = make_device_timer(request.gpu);
  if (const auto* missing = std::get_if<Unsupported>(&timer)) return *missing;
  std::string refusal;
  const MeasureShape measure = [&](const MatmulDescription& shape) -> std::optional<FlopsPerSecond> {
    auto made = make_device_matmul(shape, request.body, request.data, 1);
    if (const auto* missing = std::get_if<Unsupported>(&made)) {
      refusal = missing->reason;
      return std::nullopt;
    }
    const Seconds time = median_time(*std::get<0>(timer), *std::get<0>(made), request.cache);
    return flops_of(shape) / time;
  };
  GpuSearch search{gpus[static_cast<std::size_t>(request.gpu)], {}};
  search.shapes = search_shapes(
      request.product,
      {.memory = kMemory, .multiprocessors = search.gpu.multiprocessors, .measurements = request.measurements},
      measure);
  if (search.shapes.empty()) return Unsupported{refusal};
  return search;
}

}  // namespace muster
