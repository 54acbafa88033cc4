// SPDX-License-Identifier: Apache-2.0
// Every body of the matmul ladder on a GPU, against the reference in double precision: all types, layouts and epilogues
// on shapes that fit no tile, edges of tiles, and products of several waves.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "core/cuda.hpp"
#include "core/gpu.hpp"
#include "kernels/device_kernel.hpp"
#include "kernels/matmul_reference.hpp"

namespace muster {
namespace {

using enum ElementType;

constexpr std::array kTypes = {float64, float32, float16, bfloat16, float8_e4m3, int8};
constexpr std::array kLayouts = {MatmulLayout::nn, MatmulLayout::nt, MatmulLayout::tn, MatmulLayout::tt};
constexpr std::array kEpilogues = {Epilogue::none, Epilogue::bias, Epilogue::relu, Epilogue::bias_relu};

struct Extents {
  std::int64_t m, n, k;
};

std::string name_of(const MatmulDescription& description) {
  return std::string(name_of(description.type)) + " " + std::string(name_of(description.math)) + " " +
         std::string(name_of(description.layout)) + " " + std::string(name_of(description.epilogue)) + " " +
         std::to_string(description.m) + "x" + std::to_string(description.n) + "x" + std::to_string(description.k);
}

class MatmulOnGpu : public ::testing::TestWithParam<MatmulBody> {
 protected:
  void SetUp() override {
    const auto found = gpus_here();
    if (const auto* missing = std::get_if<Unsupported>(&found)) GTEST_SKIP() << missing->reason;
    gpu_ = std::get<std::vector<Gpu>>(found).front();
  }

  /// What a body must be able to do on any GPU of its generation; of the rest it may say Unsupported.
  bool must_have(const MatmulDescription& description) const {
    const auto type = description.type;
    const bool rows_are_aligned = description.k * static_cast<std::int64_t>(size_of(type)) % 16 == 0;
    switch (GetParam()) {
      case MatmulBody::plain:
      case MatmulBody::tiled:
        return true;
      case MatmulBody::mma:
        return gpu_.compute_capability >= 80 && description.layout == MatmulLayout::nt && rows_are_aligned &&
               (type != float32 || description.math == FloatMath::tf32) &&
               (type != float8_e4m3 || gpu_.compute_capability >= 90);
      case MatmulBody::native:
        return (type == float32 || type == bfloat16) && description.epilogue == Epilogue::none && rows_are_aligned;
      case MatmulBody::wgmma:
        break;
    }
    return false;
  }

  /// Runs and checks a product; false where there is none.
  bool is_checked(const MatmulDescription& description, Pattern pattern) {
    auto made = make_device_matmul(description, GetParam(), pattern, 7);
    if (const auto* missing = std::get_if<Unsupported>(&made)) {
      EXPECT_FALSE(must_have(description)) << name_of(description) << ": " << missing->reason;
      return false;
    }
    DeviceMatmul& matmul = *std::get<std::unique_ptr<DeviceMatmul>>(made);
    const CudaStream stream;
    matmul.enqueue(stream.get());
    stream.wait();
    const MatmulCheck check = matmul.check();
    EXPECT_GT(check.elements, 0U) << name_of(description);
    EXPECT_EQ(check.wrong, 0U) << name_of(description) << " " << name_of(pattern) << ": " << matmul.configuration()
                               << ", worst error " << check.worst_error << " of what is allowed";
    return true;
  }

  Gpu gpu_;
};

MatmulDescription product(const Extents& extents, ElementType type, MatmulLayout layout, Epilogue epilogue) {
  return {.m = extents.m, .n = extents.n, .k = extents.k, .type = type, .layout = layout, .epilogue = epilogue};
}

TEST_P(MatmulOnGpu, Agrees_with_the_reference_for_every_type_layout_and_epilogue_on_awkward_shapes) {
  for (const ElementType type : kTypes) {
    for (const MatmulLayout layout : kLayouts) {
      for (const Epilogue epilogue : kEpilogues) {
        for (const Extents& extents : {Extents{1, 1, 1}, {1, 17, 16}, {61, 67, 71}, {129, 257, 144}}) {
          is_checked(product(extents, type, layout, epilogue), Pattern::entropy);
          is_checked(product(extents, type, layout, epilogue), Pattern::exact);
        }
      }
    }
  }
}

TEST_P(MatmulOnGpu, Rounds_to_tf32_only_where_that_is_asked_for) {
  for (const MatmulLayout layout : kLayouts) {
    for (const Extents& extents : {Extents{3, 5, 4}, {200, 300, 404}, {2048, 2048, 1024}}) {
      MatmulDescription description = product(extents, float32, layout, Epilogue::none);
      description.math = FloatMath::tf32;
      is_checked(description, Pattern::entropy);
      is_checked(description, Pattern::exact);
    }
  }
}

TEST_P(MatmulOnGpu, Is_right_around_the_edges_of_tiles_and_of_stages) {
  int checked = 0;
  for (const std::int64_t m : {63, 64, 65, 127, 128, 129, 256}) {
    for (const std::int64_t n : {63, 65, 128, 255, 256, 264}) {
      for (const std::int64_t k : {64, 72, 128, 192, 320}) {
        const auto layout = MatmulLayout::nt;
        checked += is_checked(product({m, n, k}, bfloat16, layout, Epilogue::bias_relu), Pattern::exact) ? 1 : 0;
      }
    }
  }
  if (GetParam() != MatmulBody::wgmma) {
    EXPECT_GT(checked, 0);
  }
}

TEST_P(MatmulOnGpu, Is_right_over_several_waves_of_tiles) {
  for (const ElementType type : kTypes) {
    for (const Extents& extents : {Extents{4096, 4352, 512}, {1536, 4096, 4096}}) {
      is_checked(product(extents, type, MatmulLayout::nt, Epilogue::none), Pattern::entropy);
      is_checked(product(extents, type, MatmulLayout::nt, Epilogue::none), Pattern::exact);
    }
  }
}

TEST_P(MatmulOnGpu, Can_be_replayed_from_a_graph) {
  auto made =
      make_device_matmul(product({512, 512, 512}, bfloat16, MatmulLayout::nt, Epilogue::none), GetParam(), {}, 3);
  if (const auto* missing = std::get_if<Unsupported>(&made)) GTEST_SKIP() << missing->reason;
  DeviceMatmul& matmul = *std::get<std::unique_ptr<DeviceMatmul>>(made);
  const CudaStream stream;
  const CudaGraph graph = captured(stream.get(), [&](cudaStream_t on) { matmul.enqueue(on); });
  graph.launch(stream.get());
  graph.launch(stream.get());
  stream.wait();
  EXPECT_EQ(matmul.check().wrong, 0U);
}

TEST_P(MatmulOnGpu, A_product_that_never_ran_is_wrong) {
  for (const ElementType type : kTypes) {
    const MatmulDescription description = product({64, 64, 64}, type, MatmulLayout::nt, Epilogue::none);
    auto made = make_device_matmul(description, GetParam(), Pattern::exact, 3);
    if (std::holds_alternative<Unsupported>(made)) continue;
    EXPECT_GT(std::get<std::unique_ptr<DeviceMatmul>>(made)->check().wrong, 4000U) << name_of(type);
  }
}

TEST_P(MatmulOnGpu, An_int8_product_so_deep_that_its_sums_may_overflow_is_unsupported) {
  EXPECT_TRUE(std::holds_alternative<Unsupported>(
      make_device_matmul(product({1, 1, 1 << 17}, int8, MatmulLayout::nt, Epilogue::none), GetParam(), {}, 3)));
}

INSTANTIATE_TEST_SUITE_P(Bodies, MatmulOnGpu,
                         ::testing::Values(MatmulBody::plain, MatmulBody::tiled, MatmulBody::mma, MatmulBody::wgmma,
                                           MatmulBody::native),
                         [](const auto& body) { return std::string(name_of(body.param)); });

}  // namespace
}  // namespace muster
