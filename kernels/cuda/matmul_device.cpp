// SPDX-License-Identifier: Apache-2.0
// A product on a GPU: buffers filled as on the host, one body of the ladder, the host's check.
#include <algorithm>
#include <array>
#include <vector>

#include "core/cuda.hpp"
#include "core/error.hpp"
#include "kernels/cuda/matmul_body.hpp"
#include "kernels/device_kernel.hpp"
#include "kernels/matmul_reference.hpp"

namespace muster {
namespace {

struct BodyEntry {
  MatmulBody body;
  MadeMatmulBody (*make)(const MatmulDescription&, const MatmulOperandsOnDevice&, const Gpu&);
};

constexpr std::array<BodyEntry, 5> kBodies = {{
    {MatmulBody::native, make_native_body},
    {MatmulBody::plain, make_plain_body},
    {MatmulBody::tiled, make_tiled_body},
    {MatmulBody::mma, make_mma_body},
    {MatmulBody::wgmma, make_wgmma_body},
}};

using HostMatrix = std::vector<std::byte>;

std::size_t matrix_bytes(std::int64_t rows, std::int64_t columns, ElementType type) {
  return static_cast<std::size_t>(rows * columns) * size_of(type);
}

/// In floating point: a description may come from a file, and its products overflow integers.
double needed_bytes(const MatmulDescription& description) {
  const auto [m, n, k] = std::array{static_cast<double>(description.m), static_cast<double>(description.n),
                                    static_cast<double>(description.k)};
  return (m * k + k * n) * static_cast<double>(size_of(description.type)) +
         m * n * static_cast<double>(size_of(result_type(description)));
}

/// No memory for an empty matrix: a bias that there is none of is null.
DeviceBuffer on_device(const HostMatrix& matrix) {
  if (matrix.empty()) return {};
  DeviceBuffer buffer(Bytes{matrix.size()});
  check_cuda(cudaMemcpy(buffer.data(), matrix.data(), matrix.size(), cudaMemcpyHostToDevice), "cudaMemcpy");
  return buffer;
}

/// What the host knows of a product's inputs. They are made anew for each check, so that only the GPU keeps them.
struct Inputs {
  HostMatrix a, b, bias;

  Inputs(const MatmulDescription& description, Pattern pattern, std::uint64_t seed)
      : a(matrix_bytes(description.m, description.k, description.type)),
        b(matrix_bytes(description.k, description.n, description.type)) {
    fill_operands(a, b, description, pattern, seed);
    if (!adds_bias(description.epilogue)) return;
    const ElementType type = result_type(description);
    bias.resize(matrix_bytes(1, description.n, type));
    // Random 32-bit biases would take sums of int8 products out of their type.
    const Pattern of_bias = type == ElementType::int32 ? Pattern::exact : pattern;
    fill(bias, {.pattern = of_bias, .seed = seed + 1, .ranks = 2, .type = type}, 0, 0);
  }
};

class DeviceProduct final : public DeviceMatmul {
 public:
  DeviceProduct(const MatmulDescription& description, Pattern pattern, std::uint64_t seed)
      : description_(description),
        pattern_(pattern),
        seed_(seed),
        c_(Bytes{matrix_bytes(description.m, description.n, result_type(description))}) {
    const Inputs inputs(description, pattern, seed);
    a_ = on_device(inputs.a);
    b_ = on_device(inputs.b);
    bias_ = on_device(inputs.bias);
  }

  MatmulOperandsOnDevice operands() const { return {a_.data(), b_.data(), c_.data(), bias_.data()}; }

  /// Spoils C, in which a body may have tried what is fastest: NaN in every floating type.
  void take(std::unique_ptr<MatmulBodyKernel> body) {
    body_ = std::move(body);
    check_cuda(cudaMemset(c_.data(), 0xFF, c_.bytes().size()), "cudaMemset");
    check_cuda(cudaDeviceSynchronize(), "cudaDeviceSynchronize");
  }

  void enqueue(CUstream_st* stream) override { body_->enqueue(stream); }
  std::string configuration() const override { return body_->configuration(); }

  MatmulCheck check() override {
    const Inputs inputs(description_, pattern_, seed_);
    HostMatrix c(c_.bytes().size());
    check_cuda(cudaMemcpy(c.data(), c_.data(), c.size(), cudaMemcpyDeviceToHost), "cudaMemcpy");
    return check_product(description_, {.a = inputs.a, .b = inputs.b, .c = c, .pattern = pattern_, .bias = inputs.bias},
                         seed_);
  }

 private:
  MatmulDescription description_;
  Pattern pattern_;
  std::uint64_t seed_;
  DeviceBuffer a_, b_, c_, bias_;
  std::unique_ptr<MatmulBodyKernel> body_;
};

/// The GPU that is current for this thread.
std::variant<Gpu, Unsupported> current_gpu() {
  auto found = gpus_here();
  if (const auto* missing = std::get_if<Unsupported>(&found)) return *missing;
  int ordinal = 0;
  check_cuda(cudaGetDevice(&ordinal), "cudaGetDevice");
  return std::get<std::vector<Gpu>>(found).at(static_cast<std::size_t>(ordinal));
}

}  // namespace

std::variant<std::unique_ptr<DeviceMatmul>, Unsupported> make_device_matmul(const MatmulDescription& description,
                                                                            MatmulBody body, Pattern pattern,
                                                                            std::uint64_t seed) {
  MUSTER_ASSERT(description.m > 0 && description.n > 0 && description.k > 0);
  constexpr std::int64_t kLongestInt8 = (std::int64_t{1} << 17) - 1;  // 2^17 products of (-128)^2 leave int32
  if (description.type == ElementType::int8 && description.k > kLongestInt8) {
    return Unsupported{"a product of int8 matrices with k > 131071 may overflow its 32-bit sums"};
  }
  const auto gpu = current_gpu();
  if (const auto* missing = std::get_if<Unsupported>(&gpu)) return *missing;
  if (needed_bytes(description) > static_cast<double>(std::get<Gpu>(gpu).memory.value)) {
    return Unsupported{"the matrices of this product are larger than the memory of a " + std::get<Gpu>(gpu).model};
  }
  auto product = std::make_unique<DeviceProduct>(description, pattern, seed);
  const auto entry = std::ranges::find(kBodies, body, &BodyEntry::body);
  MadeMatmulBody made = entry->make(description, product->operands(), std::get<Gpu>(gpu));
  if (const auto* missing = std::get_if<Unsupported>(&made)) return *missing;
  product->take(std::get<std::unique_ptr<MatmulBodyKernel>>(std::move(made)));
  return product;
}

}  // namespace muster
