// SPDX-License-Identifier: Apache-2.0
// The lowest rung: one thread per element of C, operands straight from memory. Slow, readable, right for every type,
// layout and shape; what the others are compared with on the device.
#include "core/cuda.hpp"
#include "kernels/cuda/matmul_body.hpp"
#include "kernels/cuda/matmul_elements.cuh"

namespace muster {
namespace {

constexpr unsigned kSide = 16;  ///< of the square of C that a block computes

template <typename Product>
__global__ void __launch_bounds__(kSide* kSide) multiply(MatmulProblem problem) {
  using Element = typename Product::Element;
  using Result = typename Product::Result;
  const std::int64_t column = std::int64_t{blockIdx.x} * kSide + threadIdx.x;
  const std::int64_t row = std::int64_t{blockIdx.y} * kSide + threadIdx.y;
  if (row >= problem.m || column >= problem.n) return;
  const auto* a = static_cast<const Element*>(problem.a) + row * problem.a_row;
  const auto* b = static_cast<const Element*>(problem.b) + column * problem.b_column;
  typename Product::Sum sum = 0;
  for (std::int64_t p = 0; p < problem.k; ++p) {
    sum += Product::operand(a[p * problem.a_column]) * Product::operand(b[p * problem.b_row]);
  }
  static_cast<Result*>(problem.c)[row * problem.n + column] = finish<Product>(sum, column, problem);
}

class PlainBody final : public MatmulBodyKernel {
 public:
  using Kernel = void (*)(MatmulProblem);
  PlainBody(const MatmulProblem& problem, Kernel kernel) : problem_(problem), kernel_(kernel) {}

  void enqueue(CUstream_st* stream) override {
    const dim3 grid(blocks(problem_.n), blocks(problem_.m));
    kernel_<<<grid, dim3(kSide, kSide), 0, stream>>>(problem_);
    check_cuda(cudaGetLastError(), "launch of the plain matmul");
  }
  std::string configuration() const override { return "16x16 threads, one element each"; }

 private:
  static unsigned blocks(std::int64_t extent) { return static_cast<unsigned>((extent + kSide - 1) / kSide); }

  MatmulProblem problem_;
  Kernel kernel_;
};

}  // namespace

MadeMatmulBody make_plain_body(const MatmulDescription& description, const MatmulOperandsOnDevice& operands,
                               const Gpu&) {
  const MatmulProblem problem = problem_of(description, operands);
  constexpr std::int64_t kMostBlocksInY = 65535;  // CUDA Programming Guide, technical specifications
  if (description.m > kMostBlocksInY * kSide) return Unsupported{"the plain matmul takes at most 1048560 rows"};
  using Kernel = PlainBody::Kernel;
  const auto kernel =
      kernel_for<Kernel>(description, [](auto product) -> Kernel { return multiply<decltype(product)>; });
  if (kernel == nullptr) {
    return Unsupported{"the plain matmul has no product of " + std::string(name_of(description.type)) + " matrices"};
  }
  return std::make_unique<PlainBody>(problem, kernel);
}

}  // namespace muster
