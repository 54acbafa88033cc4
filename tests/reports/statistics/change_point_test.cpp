// SPDX-License-Identifier: Apache-2.0
#include "reports/statistics/change_point.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace muster {
namespace {

// In (-1, 1), the same everywhere.
double noise(std::size_t i) {
  double whole = 0;
  return 2 * std::modf(12345.678 * std::sin(static_cast<double>(i) + 1) + 20000, &whole) - 1;
}

struct Step {
  std::size_t night;
  double ratio;
};

std::vector<double> nights(std::size_t count, const std::vector<Step>& steps) {
  std::vector<double> values;
  for (std::size_t i = 0; i < count; ++i) {
    double level = 2e-3;
    for (const Step& step : steps) level *= i >= step.night ? step.ratio : 1;
    values.push_back(level * (1 + 0.03 * noise(i)));  // deviation 0.03 / sqrt(3) = 1.7 %
  }
  return values;
}

TEST(ChangePoints, A_level_that_stays_has_none) {
  EXPECT_TRUE(change_points(nights(365, {})).empty());
  EXPECT_TRUE(change_points(std::vector<double>(365, 1.5)).empty());
  EXPECT_TRUE(change_points({}).empty());
}

TEST(ChangePoints, A_step_is_dated_and_measured) {
  const std::vector<ChangePoint> points = change_points(nights(365, {{200, 1.05}}));
  ASSERT_EQ(points.size(), 1U);
  EXPECT_NEAR(static_cast<double>(points[0].index), 200, 2);
  EXPECT_LE(points[0].earliest, 200U);
  EXPECT_GE(points[0].latest, 200U);
  EXPECT_NEAR(points[0].ratio, 1.05, 0.006);
  EXPECT_LT(points[0].low, points[0].ratio);
  EXPECT_GT(points[0].high, points[0].ratio);
  EXPECT_LT(points[0].p_value, 1e-6);
}

TEST(ChangePoints, A_clear_step_is_dated_on_its_very_night) {
  for (const std::size_t night : {40U, 41U, 100U, 320U}) {
    const std::vector<ChangePoint> points = change_points(nights(365, {{night, 1.2}}));
    ASSERT_EQ(points.size(), 1U);
    EXPECT_EQ(points[0].index, night);
    EXPECT_EQ(points[0].earliest, night);
    EXPECT_EQ(points[0].latest, night);
  }
}

TEST(ChangePoints, A_clear_step_among_few_nights_is_no_autocorrelation) {
  const std::vector<ChangePoint> points = change_points(nights(20, {{12, 1.2}}), {.false_alarms = 0.05});
  ASSERT_EQ(points.size(), 1U);
  EXPECT_EQ(points[0].index, 12U);
}

TEST(ChangePoints, A_level_that_comes_back_has_two) {
  const std::vector<ChangePoint> points = change_points(nights(365, {{150, 1.06}, {185, 1 / 1.06}}));
  ASSERT_EQ(points.size(), 2U);
  EXPECT_NEAR(static_cast<double>(points[0].index), 150, 2);
  EXPECT_NEAR(static_cast<double>(points[1].index), 185, 2);
  EXPECT_GT(points[0].ratio, 1.04);
  EXPECT_LT(points[1].ratio, 0.96);
}

TEST(ChangePoints, Bad_nights_are_no_change_of_level) {
  std::vector<double> values = nights(365, {});
  for (const std::size_t night : {40U, 41U, 90U, 200U, 300U}) values[night] *= 4;
  EXPECT_TRUE(change_points(values).empty());
}

TEST(ChangePoints, A_step_beside_bad_nights_is_dated_all_the_same) {
  std::vector<double> values = nights(200, {{100, 1.08}});
  values[97] *= 5;
  values[104] /= 3;
  const std::vector<ChangePoint> points = change_points(values);
  ASSERT_EQ(points.size(), 1U);
  EXPECT_NEAR(static_cast<double>(points[0].index), 100, 3);
}

TEST(ChangePoints, A_change_too_small_to_matter_is_left_out) {
  std::vector<double> values;
  for (std::size_t i = 0; i < 365; ++i) values.push_back((i < 180 ? 1 : 1.005) * (1 + 0.001 * noise(i)));
  EXPECT_TRUE(change_points(values).empty());
  EXPECT_EQ(change_points(values, {.smallest_change = 0.002}).size(), 1U);
}

TEST(ChangePoints, A_change_needs_some_nights_to_be_seen) {
  const std::vector<double> values = nights(365, {{200, 1.2}});
  EXPECT_TRUE(change_points(std::span(values).first(204)).empty());
  EXPECT_EQ(change_points(std::span(values).first(215)).size(), 1U);
}

}  // namespace
}  // namespace muster
