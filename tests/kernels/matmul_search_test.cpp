// SPDX-License-Identifier: Apache-2.0
#include "kernels/matmul_search.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <tuple>

namespace muster {
namespace {

constexpr MatmulDescription kProduct{.type = ElementType::bfloat16, .layout = MatmulLayout::nt};
constexpr SearchBounds kBounds{.memory = Bytes{std::uint64_t{8} << 30}, .multiprocessors = 132, .measurements = 60};

/// 1 at its top, falling with the logarithmic distance from (m, n, k).
MeasureShape hill(double m, double n, double k) {
  return [=](const MatmulDescription& at) -> std::optional<FlopsPerSecond> {
    const double distance =
        std::hypot(std::log2(static_cast<double>(at.m) / m), std::log2(static_cast<double>(at.n) / n),
                   std::log2(static_cast<double>(at.k) / k));
    return FlopsPerSecond{1 / (1 + distance * distance)};
  };
}

/// Tiles of 128 x 256 in waves over the multiprocessors, and a start-up that a deep k makes up for.
MeasureShape waves_over(int multiprocessors) {
  return [=](const MatmulDescription& at) -> std::optional<FlopsPerSecond> {
    const double tiles = std::ceil(static_cast<double>(at.m) / 128) * std::ceil(static_cast<double>(at.n) / 256);
    const double filled = tiles / (multiprocessors * std::ceil(tiles / multiprocessors));
    const auto k = static_cast<double>(at.k);
    return FlopsPerSecond{filled * k / (k + 500)};
  };
}

const MeasureShape waves = waves_over(132);

TEST(MatmulSearch, Comes_near_the_top_of_a_hill_wherever_it_lies) {
  for (const auto& [m, n, k] : {std::tuple{8192., 8192., 8192.}, std::tuple{16384., 2048., 1024.},
                                std::tuple{1024., 30000., 5000.}, std::tuple{5376., 5376., 40000.}}) {
    const auto shapes = search_shapes(kProduct, kBounds, hill(m, n, k));
    ASSERT_FALSE(shapes.empty());
    EXPECT_GT(fastest(shapes)->rate.value, 0.95) << m << " " << n << " " << k;
  }
}

TEST(MatmulSearch, Finds_shapes_that_fill_whole_waves_within_20_measurements) {
  for (const int multiprocessors : {84, 108, 132, 148}) {
    const SearchBounds bounds{
        .memory = Bytes{std::uint64_t{2} << 30}, .multiprocessors = multiprocessors, .measurements = 20};
    EXPECT_GT(fastest(search_shapes(kProduct, bounds, waves_over(multiprocessors)))->rate.value, 0.985);
  }
}

TEST(MatmulSearch, Keeps_within_the_memory_and_the_number_of_measurements_and_tries_nothing_twice) {
  for (const int measurements : {1, 7, 60}) {
    const SearchBounds bounds{.memory = Bytes{64 << 20}, .multiprocessors = 108, .measurements = measurements};
    int asked = 0;
    std::set<std::tuple<std::int64_t, std::int64_t, std::int64_t>> seen;
    const auto shapes = search_shapes(kProduct, bounds, [&](const MatmulDescription& at) {
      ++asked;
      EXPECT_TRUE(seen.insert({at.m, at.n, at.k}).second);
      EXPECT_LE(bytes_of(at), bounds.memory);
      EXPECT_EQ(at.m % kSearchTile + at.n % kSearchTile + at.k % kSearchTile, 0);
      EXPECT_EQ(at.layout, kProduct.layout);
      return waves(at);
    });
    EXPECT_LE(asked, measurements);
    EXPECT_EQ(shapes.size(), static_cast<std::size_t>(asked));
  }
}

TEST(MatmulSearch, Measures_the_same_shapes_in_the_same_order_each_time) {
  const auto first = search_shapes(kProduct, kBounds, waves), second = search_shapes(kProduct, kBounds, waves);
  ASSERT_EQ(first.size(), second.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].description.m, second[i].description.m);
    EXPECT_EQ(first[i].description.n, second[i].description.n);
    EXPECT_EQ(first[i].description.k, second[i].description.k);
  }
}

TEST(MatmulSearch, Is_empty_where_nothing_fits_or_nothing_can_be_measured) {
  EXPECT_TRUE(search_shapes(kProduct, {.memory = Bytes{1000}, .multiprocessors = 132}, waves).empty());
  const auto none = [](const MatmulDescription&) { return std::optional<FlopsPerSecond>(); };
  EXPECT_TRUE(search_shapes(kProduct, kBounds, none).empty());
  EXPECT_EQ(fastest({}), nullptr);
}

TEST(MatmulSearch, Survives_shapes_that_cannot_be_measured) {
  const auto holes = [](const MatmulDescription& at) { return at.m == at.n ? std::nullopt : waves(at); };
  EXPECT_TRUE(search_shapes(kProduct, kBounds, holes).empty());  // all squares are missing: nothing to begin from
  const auto some = [](const MatmulDescription& at) { return at.k > 4096 ? std::nullopt : waves(at); };
  EXPECT_GT(fastest(search_shapes(kProduct, kBounds, some))->rate.value, 0.85);
}

}  // namespace
}  // namespace muster
