// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/tma_map.hpp"

#include <array>
#include <string>

#include "core/cuda.hpp"
#include "core/error.hpp"

namespace muster {
namespace {

constexpr int kBoxRowBytes = 128;

CUtensorMapDataType data_type(ElementType type) {
  switch (type) {
    case ElementType::float16:
      return CU_TENSOR_MAP_DATA_TYPE_FLOAT16;
    case ElementType::bfloat16:
      return CU_TENSOR_MAP_DATA_TYPE_BFLOAT16;
    default:
      MUSTER_ASSERT(size_of(type) == 1);
      return CU_TENSOR_MAP_DATA_TYPE_UINT8;  // the copy engine knows no 8-bit floats; their zeros are zero bytes, too
  }
}

}  // namespace

std::variant<TmaMapMaker, Unsupported> TmaMapMaker::find() {
  constexpr unsigned kSince = 12000;  // CUDA 12.0, the first with this function
  void* entry = nullptr;
  auto answer = cudaDriverEntryPointSymbolNotFound;
  check_cuda(cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &entry, kSince, cudaEnableDefault, &answer),
             "cudaGetDriverEntryPointByVersion of cuTensorMapEncodeTiled");
  if (answer != cudaDriverEntryPointSuccess || entry == nullptr) {
    return Unsupported{"this driver has no cuTensorMapEncodeTiled: it takes one for CUDA 12.0 or later"};
  }
  return TmaMapMaker(reinterpret_cast<decltype(&cuTensorMapEncodeTiled)>(entry));
}

CUtensorMap TmaMapMaker::make(const TmaMatrix& matrix) const {
  const std::size_t size = size_of(matrix.type);
  // The dimension that is contiguous comes first; the pitch of the first is implied.
  const std::array<cuuint64_t, 2> extents{static_cast<cuuint64_t>(matrix.columns),
                                          static_cast<cuuint64_t>(matrix.rows)};
  const std::array<cuuint64_t, 1> pitches{static_cast<cuuint64_t>(matrix.columns) * size};
  const std::array<cuuint32_t, 2> box{static_cast<cuuint32_t>(kBoxRowBytes / size),
                                      static_cast<cuuint32_t>(matrix.box_rows)};
  const std::array<cuuint32_t, 2> every_element{1, 1};
  CUtensorMap map{};
  const CUresult result =
      encode_(&map, data_type(matrix.type), 2, const_cast<std::byte*>(matrix.address), extents.data(), pitches.data(),
              box.data(), every_element.data(), CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_128B,
              CU_TENSOR_MAP_L2_PROMOTION_L2_256B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  if (result != CUDA_SUCCESS) {
    throw Error("cuTensorMapEncodeTiled refused a matrix of " + std::to_string(matrix.rows) + " x " +
                std::to_string(matrix.columns) + " " + std::string(name_of(matrix.type)) + " (CUresult " +
                std::to_string(result) + "); choose another matmul body");
  }
  return map;
}

}  // namespace muster
