// SPDX-License-Identifier: Apache-2.0
#include "topology/gpu_arithmetic.hpp"

#include <gtest/gtest.h>

namespace muster {
namespace {

/// A GPU whose peak can be checked by hand: multiprocessors and highest clock, from its data sheet or NVML.
struct KnownGpu {
  const char* model;
  int compute_capability;
  int multiprocessors;
  double highest_clock;  ///< Hz
};

constexpr KnownGpu kGpus[] = {
    {"NVIDIA A100-SXM4-80GB", 80, 108, 1.41e9}, {"NVIDIA H100 80GB HBM3", 90, 132, 1.98e9},
    {"NVIDIA H100 PCIe", 90, 114, 1.755e9},     {"NVIDIA H200", 90, 132, 1.98e9},
    {"NVIDIA B200", 100, 148, 1.965e9},
};

TEST(GpuArithmetic, A_bound_at_the_highest_clock_is_never_below_the_data_sheet) {
  using enum ElementType;
  for (const KnownGpu& gpu : kGpus) {
    for (const ElementType type : {float64, float32, float16, bfloat16, float8_e4m3, int8}) {
      const auto sheet = data_sheet_flops(gpu.model, type, FloatMath::full);
      const auto per_clock = flops_per_clock(gpu.compute_capability, type, FloatMath::full);
      if (!sheet) continue;
      ASSERT_TRUE(per_clock) << gpu.model << " " << name_of(type);
      const double bound = *per_clock * gpu.multiprocessors * gpu.highest_clock;
      EXPECT_GE(bound, *sheet * 0.99) << gpu.model << " " << name_of(type);  // data sheets round up
      EXPECT_LE(bound, *sheet * 1.25) << gpu.model << " " << name_of(type) << ": a unit of another width?";
    }
  }
}

TEST(GpuArithmetic, H100_multiplies_bfloat16_at_989_teraflops_and_at_1070_in_the_highest_clock) {
  EXPECT_DOUBLE_EQ(*data_sheet_flops("NVIDIA H100 80GB HBM3", ElementType::bfloat16, FloatMath::full), 989.4e12);
  EXPECT_NEAR(*flops_per_clock(90, ElementType::bfloat16, FloatMath::full) * 132 * 1.98e9, 1070.5e12, 0.1e12);
}

TEST(GpuArithmetic, Tf32_is_another_unit_than_float) {
  EXPECT_EQ(*flops_per_clock(90, ElementType::float32, FloatMath::full), 256);
  EXPECT_EQ(*flops_per_clock(90, ElementType::float32, FloatMath::tf32), 2048);
}

TEST(GpuArithmetic, What_a_generation_lacks_or_nobody_knows_is_empty) {
  EXPECT_FALSE(flops_per_clock(80, ElementType::float8_e4m3, FloatMath::full));
  EXPECT_FALSE(flops_per_clock(90, ElementType::int32, FloatMath::full));
  EXPECT_FALSE(flops_per_clock(130, ElementType::bfloat16, FloatMath::full));
  EXPECT_FALSE(data_sheet_flops("a GPU of tomorrow", ElementType::bfloat16, FloatMath::full));
}

}  // namespace
}  // namespace muster
