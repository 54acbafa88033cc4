// SPDX-License-Identifier: Apache-2.0
#include "reports/statistics/differences.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace muster {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

// In (-1, 1), the same everywhere.
double noise(int i) {
  double whole = 0;
  return 2 * std::modf(12345.678 * std::sin(i + 1.0) + 20000, &whole) - 1;
}

struct Shape {
  int count = 30;
  double level = 1;
  double noise = 0.017;  // half of its width: a deviation of 1 %
  int seed = 0;
};

std::vector<double> series(const Shape& shape) {
  std::vector<double> values;
  for (int i = 0; i < shape.count; ++i)
    values.push_back(shape.level * (1 + shape.noise * noise(1000 * shape.seed + i)));
  return values;
}

Difference one(const std::vector<double>& baseline, const std::vector<double>& candidate,
               Better better = Better::lower) {
  const SamplePair pair{.baseline = baseline, .candidate = candidate, .better = better};
  return differences({&pair, 1}).front();
}

TEST(Differences, Five_percent_at_one_percent_noise_is_slower) {
  const Difference found = one(series({.seed = 1}), series({.level = 1.05, .seed = 2}));
  EXPECT_EQ(found.outcome, Outcome::slower);
  EXPECT_NEAR(found.ratio, 1.05, 0.01);
  EXPECT_LT(found.adjusted, 0.01);
  EXPECT_THAT(found.reason, MatchesRegex(".* % higher \\(ratio .* to .*\\)"));
}

TEST(Differences, The_same_machine_is_the_same) {
  const Difference found = one(series({.seed = 1}), series({.seed = 2}));
  EXPECT_EQ(found.outcome, Outcome::same);
  EXPECT_GT(found.low, 1 / 1.02);
  EXPECT_LT(found.high, 1.02);
  EXPECT_LT(found.least_effect, 0.05);
}

TEST(Differences, What_is_better_decides_what_slower_means) {
  const std::vector<double> low = series({.seed = 1}), high = series({.level = 1.1, .seed = 2});
  EXPECT_EQ(one(low, high, Better::lower).outcome, Outcome::slower);
  EXPECT_EQ(one(low, high, Better::higher).outcome, Outcome::faster);
  EXPECT_EQ(one(high, low, Better::lower).outcome, Outcome::faster);
  const Difference unknown = one(low, high, Better::unknown);
  EXPECT_EQ(unknown.outcome, Outcome::ambiguous);
  EXPECT_THAT(unknown.reason, HasSubstr("nothing says which way is better"));
}

TEST(Differences, A_noisy_case_is_ambiguous_and_says_how_many_samples_would_tell) {
  const Difference found = one(series({.noise = 0.2, .seed = 1}), series({.noise = 0.2, .seed = 2}));
  EXPECT_EQ(found.outcome, Outcome::ambiguous);
  EXPECT_THAT(found.reason, MatchesRegex(".*: about [0-9]+ more samples of each would tell"));
}

TEST(Differences, Few_samples_are_never_the_same) {
  for (const int count : {1, 2, 5}) {
    const std::vector<double> equal(static_cast<std::size_t>(count), 1.0);
    const Difference found = one(equal, equal);
    EXPECT_EQ(found.outcome, Outcome::ambiguous) << count;
    EXPECT_THAT(found.reason, HasSubstr("6 are the least that can tell"));
  }
}

TEST(Differences, Nothing_to_compare_is_no_data_with_the_reason) {
  const std::vector<double> good = series({});
  EXPECT_EQ(one(good, {}).outcome, Outcome::no_data);
  EXPECT_EQ(one(good, {}).reason, "the candidate has no samples");
  for (const double bad : {0.0, -1.0, std::nan(""), HUGE_VAL}) {
    const Difference found = one({1, 1, bad, 1, 1, 1, 1}, good);
    EXPECT_EQ(found.outcome, Outcome::no_data) << bad;
    EXPECT_EQ(found.reason, "a value of the baseline is not positive");
  }
}

TEST(Differences, A_drift_makes_a_small_difference_ambiguous_rather_than_slower) {
  std::vector<double> rising = series({.seed = 1});
  for (std::size_t i = 0; i < rising.size(); ++i) rising[i] *= 1 + 0.08 * static_cast<double>(i) / 30;
  const Difference found = one(series({.seed = 2}), rising);
  EXPECT_EQ(found.outcome, Outcome::ambiguous);
  EXPECT_THAT(found.reason, HasSubstr("drift"));
  for (double& value : rising) value *= 1.3;  // much more than it drifts
  EXPECT_EQ(one(series({.seed = 2}), rising).outcome, Outcome::slower);
}

TEST(Differences, Two_kinds_of_samples_make_a_difference_of_their_gap_ambiguous) {
  std::vector<double> mostly_fast = series({.seed = 1}), mostly_slow = series({.seed = 2});
  for (std::size_t i = 0; i < 30; ++i) (i % 4 == 0 ? mostly_fast : mostly_slow)[i] *= 1.08;
  EXPECT_EQ(one(mostly_fast, mostly_slow).outcome, Outcome::ambiguous);
}

TEST(Differences, Runs_of_one_machine_that_differ_everywhere_are_no_alarm_unless_asked) {
  std::vector<std::vector<double>> values;
  for (int i = 0; i < 40; ++i) {
    values.push_back(series({.seed = 2 * i}));
    values.push_back(series({.level = std::exp(0.05 * noise(9000 + i)), .seed = 2 * i + 1}));
  }
  std::vector<SamplePair> pairs;
  for (std::size_t i = 0; i < values.size(); i += 2)
    pairs.push_back({.baseline = values[i], .candidate = values[i + 1]});
  const auto changed = [&](RunSpread spread) {
    int count = 0;
    for (const Difference& found : differences(pairs, {.run_spread = spread})) {
      count += found.outcome == Outcome::slower || found.outcome == Outcome::faster;
    }
    return count;
  };
  EXPECT_EQ(changed(RunSpread::estimated), 0);
  EXPECT_GT(changed(RunSpread::none), 3);
}

TEST(Differences, A_machine_that_became_slower_in_all_cases_is_slower_in_all_cases) {
  std::vector<std::vector<double>> values;
  for (int i = 0; i < 40; ++i) {
    values.push_back(series({.seed = 2 * i}));
    values.push_back(series({.level = 1.06, .seed = 2 * i + 1}));
  }
  std::vector<SamplePair> pairs;
  for (std::size_t i = 0; i < values.size(); i += 2)
    pairs.push_back({.baseline = values[i], .candidate = values[i + 1]});
  int slower = 0;
  for (const Difference& found : differences(pairs)) slower += found.outcome == Outcome::slower;
  EXPECT_GE(slower, 38);
}

TEST(Differences, Absurd_values_give_finite_numbers) {
  std::vector<double> absurd = series({});
  for (std::size_t i = 0; i < absurd.size(); i += 2) absurd[i] = i % 4 == 0 ? 5e-324 : 1e308;
  for (const std::vector<double>& other : {series({}), absurd, std::vector<double>{1e308}}) {
    const Difference found = one(absurd, other);
    for (const double number :
         {found.ratio, found.low, found.high, found.p_value, found.adjusted, found.least_effect}) {
      EXPECT_TRUE(std::isfinite(number));
    }
  }
}

TEST(Differences, Results_stand_in_the_order_of_the_pairs_and_are_the_same_each_time) {
  const std::vector<double> base = series({.seed = 1}), slow = series({.level = 1.2, .seed = 2}), none;
  const std::vector<SamplePair> pairs = {{.baseline = none, .candidate = base},
                                         {.baseline = base, .candidate = slow},
                                         {.baseline = base, .candidate = base}};
  const std::vector<Difference> found = differences(pairs), again = differences(pairs);
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].outcome, Outcome::no_data);
  EXPECT_EQ(found[1].outcome, Outcome::slower);
  EXPECT_EQ(found[2].outcome, Outcome::same);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(found[i].reason, again[i].reason);
    EXPECT_EQ(found[i].p_value, again[i].p_value);
  }
  EXPECT_TRUE(differences({}).empty());
}

}  // namespace
}  // namespace muster
