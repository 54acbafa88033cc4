// SPDX-License-Identifier: Apache-2.0
#include "reports/statistics/multiplicity.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::Pointwise;

MATCHER(NearlyEqual, "") { return std::abs(std::get<0>(arg) - std::get<1>(arg)) < 1e-14; }

const std::vector<double> kPValues = {0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216};

// SciPy 1.17: scipy.stats.false_discovery_control(p, method="bh").
TEST(Multiplicity, Benjamini_and_Hochberg_agree_with_scipy) {
  const std::vector<double> expected = {0.01, 0.04, 0.084, 0.084, 0.084, 0.1, 0.1057142857142857, 0.216, 0.216, 0.216};
  EXPECT_THAT(adjust_p_values(kPValues, Multiplicity::benjamini_hochberg), Pointwise(NearlyEqual(), expected));
}

// NumPy: minimum(1, maximum.accumulate((m - i) * p[i])); in R: p.adjust(p, "holm").
TEST(Multiplicity, Holm_agrees_with_its_definition) {
  const std::vector<double> expected = {0.01, 0.072, 0.312, 0.312, 0.312, 0.312, 0.312, 0.615, 0.615, 0.615};
  EXPECT_THAT(adjust_p_values(kPValues, Multiplicity::holm), Pointwise(NearlyEqual(), expected));
}

TEST(Multiplicity, Results_stand_where_their_p_values_stood) {
  const std::vector<double> mixed = {0.5, 0.001, 0.02};
  EXPECT_THAT(adjust_p_values(mixed, Multiplicity::benjamini_hochberg),
              ElementsAre(DoubleNear(0.5, 1e-15), DoubleNear(0.003, 1e-15), DoubleNear(0.03, 1e-15)));
  EXPECT_THAT(adjust_p_values(mixed, Multiplicity::holm),
              ElementsAre(DoubleNear(0.5, 1e-15), DoubleNear(0.003, 1e-15), DoubleNear(0.04, 1e-15)));
}

TEST(Multiplicity, One_case_alone_keeps_its_p_value_and_none_is_none) {
  EXPECT_THAT(adjust_p_values(std::vector<double>{0.03}, Multiplicity::holm), ElementsAre(0.03));
  EXPECT_TRUE(adjust_p_values({}, Multiplicity::benjamini_hochberg).empty());
}

}  // namespace
}  // namespace muster
