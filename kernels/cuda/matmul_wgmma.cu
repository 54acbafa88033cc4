// SPDX-License-Identifier: Apache-2.0
// Top of the matmul ladder, for sm_90a: a persistent, warp-specialised kernel (wgmma_kernel.cuh) made ready and
// launched as matmul_wgmma_plan.cpp decides.
#include <algorithm>
#include <tuple>

#include "core/cuda.hpp"
#include "kernels/cuda/matmul_body.hpp"
#include "kernels/cuda/matmul_wgmma_plan.hpp"
#include "kernels/cuda/tma_map.hpp"
#include "kernels/cuda/wgmma_kernel.cuh"
#include "kernels/matmul_reference.hpp"

namespace muster {
namespace {

class WgmmaBody final : public MatmulBodyKernel {
 public:
  using Kernel = void (*)(wgmma::Work);
  WgmmaBody(const wgmma::Work& work, const WgmmaPlan& plan, Kernel kernel)
      : work_(work), plan_(plan), kernel_(kernel) {}

  void enqueue(CUstream_st* stream) override {
    const auto blocks = static_cast<unsigned>(plan_.clusters * plan_.shape.cluster);
    kernel_<<<blocks, wgmma::kThreads, wgmma::layout_of(plan_.shape).bytes, stream>>>(work_);
    check_cuda(cudaGetLastError(), "launch of the wgmma matmul");
  }
  std::string configuration() const override { return "wgmma " + describe(plan_); }

 private:
  wgmma::Work work_;
  WgmmaPlan plan_;
  Kernel kernel_;
};

template <typename Type>
WgmmaBody::Kernel kernel_for(const wgmma::Shape& shape) {
  return shape == wgmma::kWide ? wgmma::multiply_wgmma<Type, wgmma::WideTile>
                               : wgmma::multiply_wgmma<Type, wgmma::NarrowTile>;
}

/// For the types that plan_wgmma() lets through.
WgmmaBody::Kernel kernel_for(ElementType type, const wgmma::Shape& shape) {
  if (type == ElementType::float16) return kernel_for<wgmma::F16>(shape);
  return type == ElementType::bfloat16 ? kernel_for<wgmma::Bf16>(shape) : kernel_for<wgmma::E4m3>(shape);
}

wgmma::Work work_for(const MatmulDescription& description, const MatmulOperandsOnDevice& operands,
                     const WgmmaPlan& plan, const TmaMapMaker& maps) {
  const auto& [m, n, k] = std::tie(description.m, description.n, description.k);
  const ElementType type = description.type;
  const ElementType result = type == ElementType::float16 ? type : ElementType::bfloat16;
  return {.a = maps.make({operands.a, type, m, k, wgmma::kLoadRows}),
          .b = maps.make({operands.b, type, n, k, wgmma::kLoadRows}),
          .c = maps.make({operands.c, result, m, n, wgmma::kConsumerRows}),
          .units = plan.units,
          .steps = plan.steps,
          .step_size = plan.step_size,
          .columns = static_cast<std::int32_t>(n),
          .bias_pairs = reinterpret_cast<const std::uint32_t*>(operands.bias),
          .clips = clips_below_zero(description.epilogue)};
}

/// Clusters that this GPU runs at one time: fewer than its multiprocessors suggest where a part of it has an odd number
/// of them.
int clusters_at_once(const WgmmaPlan& plan, WgmmaBody::Kernel kernel) {
  cudaLaunchAttribute cluster{};
  cluster.id = cudaLaunchAttributeClusterDimension;
  cluster.val.clusterDim = {static_cast<unsigned>(plan.shape.cluster), 1, 1};
  cudaLaunchConfig_t launch{};
  launch.gridDim = dim3(static_cast<unsigned>(plan.clusters * plan.shape.cluster));
  launch.blockDim = dim3(wgmma::kThreads);
  launch.dynamicSmemBytes = static_cast<std::size_t>(wgmma::layout_of(plan.shape).bytes);
  launch.attrs = &cluster;
  launch.numAttrs = 1;
  int clusters = 0;
  check_cuda(cudaOccupancyMaxActiveClusters(&clusters, kernel, &launch), "cudaOccupancyMaxActiveClusters");
  return clusters;
}

}  // namespace

MadeMatmulBody make_wgmma_body(const MatmulDescription& description, const MatmulOperandsOnDevice& operands,
                               const Gpu& gpu) {
  if (gpu.compute_capability != 90) {
    return Unsupported{"the wgmma matmul needs compute capability 9.0 (Hopper), " + gpu.model + " has " +
                       std::to_string(gpu.compute_capability / 10) + "." + std::to_string(gpu.compute_capability % 10)};
  }
  const auto planned = plan_wgmma(description, gpu.multiprocessors);
  if (const auto* missing = std::get_if<Unsupported>(&planned)) return *missing;
  const auto maps = TmaMapMaker::find();
  if (const auto* missing = std::get_if<Unsupported>(&maps)) return *missing;
  WgmmaPlan plan = std::get<WgmmaPlan>(planned);
  const WgmmaBody::Kernel kernel = kernel_for(description.type, plan.shape);
  check_cuda(
      cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, wgmma::layout_of(plan.shape).bytes),
      "cudaFuncSetAttribute of the wgmma matmul");
  const int fitting = clusters_at_once(plan, kernel);
  if (fitting < 1) return Unsupported{"the wgmma matmul finds no room on " + gpu.model + ": too few multiprocessors"};
  plan.clusters = std::min(plan.clusters, fitting);
  return std::make_unique<WgmmaBody>(work_for(description, operands, plan, std::get<TmaMapMaker>(maps)), plan, kernel);
}

}  // namespace muster
