// SPDX-License-Identifier: Apache-2.0
// cuBLASLt as it is loaded on this machine: its functions answer without a GPU as long as they only describe.
#include "kernels/cuda/cublaslt_library.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <utility>

#include "kernels/gpu_versions.hpp"

namespace muster {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class CublasLtLibrary : public ::testing::Test {
 protected:
  void SetUp() override {
    auto loaded = load_cublaslt();
    if (const auto* missing = std::get_if<Unsupported>(&loaded)) GTEST_SKIP() << missing->reason;
    library = std::get<CublasLt>(std::move(loaded));
  }
  CublasLt library;
};

TEST_F(CublasLtLibrary, Tells_its_version_and_the_file_that_was_taken) {
  const std::string text = describe(library);
  EXPECT_THAT(text, StartsWith(std::to_string(library.version / 10000) + "."));
  EXPECT_THAT(text, HasSubstr("libcublasLt.so."));
  EXPECT_THAT(text, HasSubstr(library.file.origin()));
  EXPECT_EQ(gpu_library_versions().at("cublaslt"), text);
  EXPECT_THAT(library.get_status_string(CUBLAS_STATUS_INVALID_VALUE), HasSubstr("unsupported value"));
}

/// What kernels/cuda/matmul_native.cpp sets, in the sizes in which it sets it.
TEST_F(CublasLtLibrary, Takes_each_attribute_in_the_size_that_we_give_it) {
  cublasLtMatmulDesc_t product = nullptr;
  ASSERT_EQ(library.description_create(&product, CUBLAS_COMPUTE_32F, CUDA_R_32F), CUBLAS_STATUS_SUCCESS);
  const auto set = [&](cublasLtMatmulDescAttributes_t attribute, auto value) {
    return library.description_set(product, attribute, &value, sizeof value);
  };
  EXPECT_EQ(set(CUBLASLT_MATMUL_DESC_TRANSA, CUBLAS_OP_T), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(set(CUBLASLT_MATMUL_DESC_TRANSB, char{1}), CUBLAS_STATUS_INVALID_VALUE);
  EXPECT_EQ(set(CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_RELU_BIAS), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, static_cast<const void*>(&product)), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(set(CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, static_cast<std::int32_t>(CUDA_R_16BF)), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(library.description_destroy(product), CUBLAS_STATUS_SUCCESS);

  cublasLtMatmulPreference_t preference = nullptr;
  ASSERT_EQ(library.preference_create(&preference), CUBLAS_STATUS_SUCCESS);
  const std::uint32_t schemes = CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE;
  const std::size_t workspace = 1 << 20;
  EXPECT_EQ(library.preference_set(preference, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, &schemes, sizeof schemes),
            CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(library.preference_set(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &workspace, sizeof workspace),
            CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(library.preference_destroy(preference), CUBLAS_STATUS_SUCCESS);
}

}  // namespace
}  // namespace muster
