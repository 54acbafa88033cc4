// SPDX-License-Identifier: Apache-2.0
// The library's rung: cuBLASLt with the fastest of the algorithms that its heuristics offer, found by timing them on
// the real buffers. cuBLASLt is column-major: a row-major C is its transpose there, so that C^T = B^T A^T is asked for
// and our B comes first.
#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/cuda.hpp"
#include "core/error.hpp"
#include "kernels/cuda/cublaslt_library.hpp"
#include "kernels/cuda/matmul_body.hpp"
#include "kernels/matmul_reference.hpp"

namespace muster {
namespace {

constexpr int kMostAlgorithms = 32;    ///< asked for, per size of workspace
constexpr Bytes kWorkspace{32 << 20};  ///< what NVIDIA recommends for Hopper and later (cuBLAS, cublasSetWorkspace)
/// The heuristics rank for what they may use: with less of it they offer others.
constexpr std::array<std::size_t, 3> kWorkspacesOffered = {kWorkspace.value, 4 << 20, 0};
constexpr Seconds kTimeToChoose{2};  ///< the first algorithms are the likely ones

struct Types {
  cudaDataType_t operand, result, scale;
  cublasComputeType_t compute;
};

std::optional<Types> types_of(const MatmulDescription& description) {
  switch (description.type) {
    case ElementType::float64:
      return Types{CUDA_R_64F, CUDA_R_64F, CUDA_R_64F, CUBLAS_COMPUTE_64F};
    case ElementType::float32:
      return Types{CUDA_R_32F, CUDA_R_32F, CUDA_R_32F,
                   description.math == FloatMath::tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F};
    case ElementType::float16:
      return Types{CUDA_R_16F, CUDA_R_16F, CUDA_R_32F, CUBLAS_COMPUTE_32F};
    case ElementType::bfloat16:
      return Types{CUDA_R_16BF, CUDA_R_16BF, CUDA_R_32F, CUBLAS_COMPUTE_32F};
    case ElementType::float8_e4m3:
      return Types{CUDA_R_8F_E4M3, CUDA_R_16BF, CUDA_R_32F, CUBLAS_COMPUTE_32F};
    case ElementType::int8:
      return Types{CUDA_R_8I, CUDA_R_32I, CUDA_R_32I, CUBLAS_COMPUTE_32I};
    default:
      return std::nullopt;
  }
}

cublasLtEpilogue_t epilogue_of(Epilogue epilogue) {
  switch (epilogue) {
    case Epilogue::none:
      return CUBLASLT_EPILOGUE_DEFAULT;
    case Epilogue::bias:
      return CUBLASLT_EPILOGUE_BIAS;
    case Epilogue::relu:
      return CUBLASLT_EPILOGUE_RELU;
    case Epilogue::bias_relu:
      break;
  }
  return CUBLASLT_EPILOGUE_RELU_BIAS;
}

/// A handle that the library hands out and takes back; the library outlives it.
template <typename Handle, typename Destroy>
class Owned {
 public:
  Owned() = default;
  Owned(Handle handle, Destroy* destroy) : handle_(handle), destroy_(destroy) {}
  Owned(Owned&& other) noexcept
      : handle_(std::exchange(other.handle_, nullptr)), destroy_(std::exchange(other.destroy_, nullptr)) {}
  Owned& operator=(Owned&& other) noexcept {
    std::swap(handle_, other.handle_);
    std::swap(destroy_, other.destroy_);
    return *this;
  }
  ~Owned() {
    if (destroy_ != nullptr) destroy_(handle_);
  }
  Handle get() const { return handle_; }

 private:
  Handle handle_ = nullptr;
  Destroy* destroy_ = nullptr;
};

/// alpha = 1 and beta = 0 in whatever type the sums are scaled in.
struct Scale {
  double f64[2] = {1, 0};
  float f32[2] = {1, 0};
  std::int32_t i32[2] = {1, 0};

  const void* at(cudaDataType_t type, int which) const {
    if (type == CUDA_R_64F) return &f64[which];
    if (type == CUDA_R_32I) return &i32[which];
    return &f32[which];
  }
};

class NativeBody final : public MatmulBodyKernel {
 public:
  NativeBody(CublasLt library, const MatmulDescription& description, const MatmulOperandsOnDevice& operands,
             const Types& types)
      : library_(std::move(library)), types_(types), operands_(operands), workspace_(kWorkspace) {
    cublasLtHandle_t handle = nullptr;
    must(library_.create(&handle), "cublasLtCreate");
    handle_ = {handle, library_.destroy};
    cublasLtMatmulDesc_t product = nullptr;
    must(library_.description_create(&product, types.compute, types.scale), "cublasLtMatmulDescCreate");
    product_ = {product, library_.description_destroy};
    set(CUBLASLT_MATMUL_DESC_TRANSA, transposes_b(description.layout) ? CUBLAS_OP_T : CUBLAS_OP_N);
    set(CUBLASLT_MATMUL_DESC_TRANSB, transposes_a(description.layout) ? CUBLAS_OP_T : CUBLAS_OP_N);
    set(CUBLASLT_MATMUL_DESC_EPILOGUE, epilogue_of(description.epilogue));
    if (adds_bias(description.epilogue)) {
      set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, static_cast<const void*>(operands.bias));
      set(CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, static_cast<std::int32_t>(types.result));
    }
    const auto [m, n, k] = std::array{description.m, description.n, description.k};
    first_ = transposes_b(description.layout) ? layout(types.operand, k, n) : layout(types.operand, n, k);
    second_ = transposes_a(description.layout) ? layout(types.operand, m, k) : layout(types.operand, k, m);
    result_ = layout(types.result, n, m);
  }

  /// False when the library has no algorithm for this product on this GPU.
  bool choose() {
    CudaStream stream;
    const CudaEvent begin(Timing::enabled), end(Timing::enabled);
    Seconds best{std::numeric_limits<double>::infinity()}, spent{};
    for (const cublasLtMatmulAlgo_t& offer : offers()) {
      if (spent > kTimeToChoose && tried_ > 0) break;
      const std::optional<Seconds> time = shortest(offer, stream, begin, end, spent);
      if (!time) continue;
      ++tried_;
      if (*time >= best) continue;
      best = *time;
      algorithm_ = offer;
    }
    return tried_ > 0;
  }

  void enqueue(CUstream_st* stream) override { must(queue(algorithm_, stream), "cublasLtMatmul"); }

  std::string configuration() const override {
    return "cuBLASLt " + describe(library_) + ", algorithm " + number(CUBLASLT_ALGO_CONFIG_ID) + ", tile " +
           number(CUBLASLT_ALGO_CONFIG_TILE_ID) + ", stages " + number(CUBLASLT_ALGO_CONFIG_STAGES_ID) + ", split-k " +
           number(CUBLASLT_ALGO_CONFIG_SPLITK_NUM) + ", best of " + std::to_string(tried_);
  }

 private:
  using Layout = Owned<cublasLtMatrixLayout_t, decltype(::cublasLtMatrixLayoutDestroy)>;

  void must(cublasStatus_t status, const char* call) const {
    if (status == CUBLAS_STATUS_SUCCESS) return;
    throw Error(std::string(call) + ": " + library_.get_status_string(status) +
                "; look at the GPU with nvidia-smi, and take a cuBLAS that fits its driver");
  }

  template <typename Value>
  void set(cublasLtMatmulDescAttributes_t attribute, Value value) const {
    must(library_.description_set(product_.get(), attribute, &value, sizeof value), "cublasLtMatmulDescSetAttribute");
  }

  /// Column-major, without gaps.
  Layout layout(cudaDataType_t type, std::int64_t rows, std::int64_t columns) const {
    cublasLtMatrixLayout_t made = nullptr;
    must(library_.layout_create(&made, type, static_cast<std::uint64_t>(rows), static_cast<std::uint64_t>(columns),
                                rows),
         "cublasLtMatrixLayoutCreate");
    return {made, library_.layout_destroy};
  }

  template <typename Value>
  void prefer(cublasLtMatmulPreference_t preference, cublasLtMatmulPreferenceAttributes_t attribute,
              Value value) const {
    must(library_.preference_set(preference, attribute, &value, sizeof value), "cublasLtMatmulPreferenceSetAttribute");
  }

  /// What the library offers for each size of workspace, none twice. Parts of a sum that is split along k stay in the
  /// type that it is summed in: rounded to the result's type they would leave the bound of the check.
  std::vector<cublasLtMatmulAlgo_t> offers() const {
    cublasLtMatmulPreference_t made = nullptr;
    must(library_.preference_create(&made), "cublasLtMatmulPreferenceCreate");
    const Owned<cublasLtMatmulPreference_t, decltype(::cublasLtMatmulPreferenceDestroy)> preference(
        made, library_.preference_destroy);
    prefer(made, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, std::uint32_t{CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE});
    std::vector<cublasLtMatmulAlgo_t> offered;
    for (const std::size_t workspace : kWorkspacesOffered) {
      prefer(made, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, workspace);
      std::array<cublasLtMatmulHeuristicResult_t, kMostAlgorithms> found{};
      int count = 0;
      const cublasStatus_t status =
          library_.heuristic(handle_.get(), product_.get(), first_.get(), second_.get(), result_.get(), result_.get(),
                             made, kMostAlgorithms, found.data(), &count);
      if (status != CUBLAS_STATUS_SUCCESS) continue;
      for (const auto& result : std::span(found).first(static_cast<std::size_t>(count))) {
        const auto is_same = [&](const cublasLtMatmulAlgo_t& other) {
          return std::memcmp(&other, &result.algo, sizeof other) == 0;
        };
        if (result.state == CUBLAS_STATUS_SUCCESS && std::ranges::none_of(offered, is_same)) {
          offered.push_back(result.algo);
        }
      }
    }
    return offered;
  }

  cublasStatus_t queue(const cublasLtMatmulAlgo_t& algorithm, CUstream_st* stream) const {
    return library_.matmul(handle_.get(), product_.get(), scale_.at(types_.scale, 0), operands_.b, first_.get(),
                           operands_.a, second_.get(), scale_.at(types_.scale, 1), operands_.c, result_.get(),
                           operands_.c, result_.get(), &algorithm, workspace_.data(), kWorkspace.value, stream);
  }

  /// nullopt when the algorithm does not run after all.
  std::optional<Seconds> shortest(const cublasLtMatmulAlgo_t& algorithm, const CudaStream& stream,
                                  const CudaEvent& begin, const CudaEvent& end, Seconds& spent) const {
    constexpr int kRuns = 4;  // the first one warms up
    Seconds best{std::numeric_limits<double>::infinity()};
    for (int run = 0; run < kRuns; ++run) {
      begin.record(stream.get());
      if (queue(algorithm, stream.get()) != CUBLAS_STATUS_SUCCESS) return std::nullopt;
      end.record(stream.get());
      stream.wait();
      const Seconds time = between(begin, end);
      spent = spent + time;
      if (run > 0) best = std::min(best, time);
    }
    return best;
  }

  std::string number(cublasLtMatmulAlgoConfigAttributes_t attribute) const {
    std::int32_t value = -1;
    std::size_t written = 0;
    library_.algorithm_get(&algorithm_, attribute, &value, sizeof value, &written);
    return std::to_string(value);
  }

  CublasLt library_;
  Types types_;
  MatmulOperandsOnDevice operands_;
  Scale scale_;
  DeviceBuffer workspace_;
  Owned<cublasLtHandle_t, decltype(::cublasLtDestroy)> handle_;
  Owned<cublasLtMatmulDesc_t, decltype(::cublasLtMatmulDescDestroy)> product_;
  Layout first_, second_, result_;  ///< our B, our A, C: as cuBLASLt sees them
  cublasLtMatmulAlgo_t algorithm_{};
  int tried_ = 0;
};

}  // namespace

MadeMatmulBody make_native_body(const MatmulDescription& description, const MatmulOperandsOnDevice& operands,
                                const Gpu& gpu) {
  const std::string product = "product of " + std::string(name_of(description.type)) + " matrices";
  const std::optional<Types> types = types_of(description);
  if (!types) return Unsupported{"cuBLASLt has no " + product};
  auto library = load_cublaslt();
  if (const auto* missing = std::get_if<Unsupported>(&library)) return *missing;
  auto body = std::make_unique<NativeBody>(std::get<CublasLt>(std::move(library)), description, operands, *types);
  if (!body->choose()) {
    return Unsupported{"cuBLASLt offers no algorithm for this " + product + " (layout " +
                       std::string(name_of(description.layout)) + ", epilogue " +
                       std::string(name_of(description.epilogue)) + ") on a " + gpu.model};
  }
  return body;
}

}  // namespace muster
