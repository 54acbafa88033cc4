// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "kernels/cuda/matmul_wgmma_plan.hpp"

namespace muster {
namespace {

using ::testing::HasSubstr;
using wgmma::kNarrow;
using wgmma::kWide;

constexpr int kH100 = 132;

MatmulDescription square(std::int64_t size, ElementType type = ElementType::bfloat16) {
  return {.m = size, .n = size, .k = size, .type = type, .layout = MatmulLayout::nt};
}

WgmmaPlan planned(const MatmulDescription& description, int multiprocessors = kH100) {
  const auto plan = plan_wgmma(description, multiprocessors);
  if (const auto* missing = std::get_if<Unsupported>(&plan)) throw std::runtime_error(missing->reason);
  return std::get<WgmmaPlan>(plan);
}

std::string refused(const MatmulDescription& description) {
  const auto plan = plan_wgmma(description, kH100);
  const auto* missing = std::get_if<Unsupported>(&plan);
  return missing == nullptr ? "" : missing->reason;
}

TEST(WgmmaPlan, LargeProductsGetWideTilesOnEveryMultiprocessor) {
  EXPECT_EQ(describe(planned(square(8192))), "128x256x64, 4 stages, cluster 2, 132 blocks");
  EXPECT_EQ(describe(planned(square(8192, ElementType::float8_e4m3))), "128x256x128, 4 stages, cluster 2, 132 blocks");
  const WgmmaPlan plan = planned(square(8192));
  EXPECT_EQ(plan.units.down, 32);
  EXPECT_EQ(plan.units.across, 32);
  EXPECT_EQ(plan.steps, 128);
}

TEST(WgmmaPlan, ProductsOfFewTilesGetNarrowOnes) {
  EXPECT_EQ(describe(planned(square(1024))), "128x128x64, 6 stages, cluster 1, 64 blocks");
  EXPECT_EQ(describe(planned(square(8))), "128x128x64, 6 stages, cluster 1, 1 blocks");
}

TEST(WgmmaPlan, NoMoreBlocksThanThereAreMultiprocessors) {
  for (const int multiprocessors : {1, 2, 7, 14, 66, 78, 114, 131, 132}) {
    for (const std::int64_t size : {64, 640, 2048, 4096, 8192}) {
      const WgmmaPlan plan = planned(square(size), multiprocessors);
      EXPECT_LE(plan.clusters * plan.shape.cluster, multiprocessors);
      EXPECT_GE(plan.clusters, 1);
    }
  }
}

TEST(WgmmaPlan, WhatItCannotDoIsSaidInOneLine) {
  EXPECT_THAT(refused(square(64, ElementType::float32)), HasSubstr("not float"));
  EXPECT_THAT(refused(square(64, ElementType::float8_e5m2)), HasSubstr("not f8e5m2"));
  auto layout = square(64);
  layout.layout = MatmulLayout::nn;
  EXPECT_THAT(refused(layout), HasSubstr("not nn"));
  auto ragged = square(64);
  ragged.k = 65;
  EXPECT_THAT(refused(ragged), HasSubstr("k a multiple of 8"));
  ragged.type = ElementType::float8_e4m3;
  ragged.k = 72;
  EXPECT_THAT(refused(ragged), HasSubstr("k a multiple of 16"));
  ragged.k = 64;
  ragged.n = 60;
  EXPECT_THAT(refused(ragged), HasSubstr("n a multiple of 8"));
  ragged.n = 64;
  ragged.m = 63;
  EXPECT_EQ(refused(ragged), "");
}

TEST(WgmmaPlan, NoExtentIsTooStrangeToBeRefused) {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max(), kLeast = std::numeric_limits<std::int64_t>::min();
  for (const std::int64_t extent : {kLeast, std::int64_t{-8}, std::int64_t{0}, std::int64_t{1} << 31, kMost - 7}) {
    for (std::int64_t MatmulDescription::*field :
         {&MatmulDescription::m, &MatmulDescription::n, &MatmulDescription::k}) {
      auto description = square(64);
      description.*field = extent;
      EXPECT_THAT(refused(description), HasSubstr("from 1 to"));
    }
  }
  auto huge = square(64);
  huge.m = huge.n = (std::int64_t{1} << 31) - 1024;
  EXPECT_THAT(refused(huge), HasSubstr("2^30 tiles"));
}

TEST(WgmmaPlan, KnownWavesDecideTheShape) {
  // 66 clusters: one round of wide tiles is 66 units of 256 x 256.
  auto one_round = square(64);
  one_round.m = 256 * 66;
  one_round.n = 256;
  EXPECT_EQ(planned(one_round).shape, kWide);
  one_round.m += 256;  // two rounds of wide tiles cost 32, three of narrow ones 27
  EXPECT_EQ(planned(one_round).shape, kNarrow);
}

}  // namespace
}  // namespace muster
