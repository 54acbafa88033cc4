// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/measure.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster {
namespace {

using testing::ElementsAre;

/// A clock that moves only when told to.
class HandClock final : public Clock {
 public:
  Seconds now() override { return time_; }
  void pass(double seconds) { time_.value += seconds; }

 private:
  Seconds time_;
};

TEST(Samples, OfIsolatedOperationsAreTheSlowestRanksDurationWhateverItsClock) {
  const std::vector<Stamps> stamps = {{{10, 20}, {13, 21}}, {{110, 121}, {111, 125}}};
  const Samples samples = samples_of(stamps, {{0, -100}, {0, 0}}, Cadence::isolated);
  EXPECT_THAT(samples.seconds, ElementsAre(3, 4));
  EXPECT_THAT(samples.rank_seconds[1], ElementsAre(1, 4));
  EXPECT_THAT(samples.arrival_seconds[0], ElementsAre(0, 0));
  EXPECT_THAT(samples.arrival_seconds[1], ElementsAre(0, 1));
}

TEST(Samples, OfAStreamSumUpToTheTimeOfTheWholeStream) {
  const std::vector<Stamps> stamps = {{{0, 2, 5}, {2, 5, 6}}, {{0, 3, 4}, {3, 4, 9}}};
  const Samples samples = samples_of(stamps, {{0, 0}, {0, 0}}, Cadence::streaming);
  EXPECT_THAT(samples.seconds, ElementsAre(3, 2, 4));
}

TEST(Samples, OfAStreamUseAlignedClocks) {
  const std::vector<Stamps> stamps = {{{0, 2}, {2, 5}}, {{50, 53}, {53, 56}}};
  EXPECT_THAT(samples_of(stamps, {{0, -50}, {0, 0}}, Cadence::streaming).seconds, ElementsAre(3, 3));
}

TEST(SettleSamples, TakesTheFixedNumberWhateverThePilotSays) {
  EXPECT_EQ(settle_samples({1, 2, 3}, Seconds{10}, {.fixed = 17}, Seconds{0}), 17);
}

TEST(SettleSamples, AsksForMoreWhenThePilotIsNoisyAndNeverForMoreThanThereIsTimeFor) {
  const Sampling sampling{.at_least = 10, .at_most = 500, .precision = 0.01};
  const std::vector<double> quiet = {1, 1, 1, 1, 1, 1};
  const std::vector<double> noisy = {1, 1.1, 0.9, 1.05, 0.95, 1.2};
  EXPECT_EQ(settle_samples(quiet, Seconds{1}, sampling, Seconds{1000}), 10);
  EXPECT_GT(settle_samples(noisy, Seconds{1}, sampling, Seconds{1000}), 100);
  EXPECT_EQ(settle_samples(noisy, Seconds{1}, sampling, Seconds{50}), 50);
}

TEST(SettleSamples, KeepsEnoughForAnIntervalEvenWithoutTime) {
  EXPECT_EQ(settle_samples({1, 2, 1, 2, 1, 2}, Seconds{1}, {.at_least = 20}, Seconds{0}), 6);
  EXPECT_EQ(settle_samples({1, 2, 1, 2, 1, 2}, Seconds{1}, {.at_least = 3}, Seconds{0}), 3);
}

TEST(Measure, RunsExactlyWarmUpPilotAndTheAgreedNumberOnEveryRank) {
  std::vector<int> runs(3), begun(3);
  std::vector<Samples> samples(3);
  run_on_threads(3, [&](Team& team) {
    HandClock clock;
    const auto rank = static_cast<std::size_t>(team.rank());
    // Rank 2 alone is slow and has no time; rank 0's view of the share is what counts.
    const auto run = [&] {
      ++runs[rank];
      clock.pass(team.rank() == 2 ? 2 : 1);
    };
    const Seconds share{team.rank() == 0 ? 1000.0 : 0.0};
    samples[rank] = measure(team, clock, {.run = run, .begins = [&] { ++begun[rank]; }},
                            {.warmup = 2, .at_least = 9, .at_most = 40}, share);
  });
  EXPECT_THAT(runs, ElementsAre(2 + 6 + 9, 2 + 6 + 9, 2 + 6 + 9));
  EXPECT_THAT(begun, ElementsAre(6 + 9, 6 + 9, 6 + 9)) << "every timed operation is a sign of progress";
  EXPECT_THAT(samples[1].seconds, testing::AllOf(testing::SizeIs(9), testing::Each(2.0)));
  EXPECT_EQ(samples[1].agreed, 9);
  EXPECT_EQ(samples[1].warmup, 8);
  EXPECT_THAT(samples[0].rank_seconds[1], testing::Each(1.0));
}

TEST(Measure, TakesTheDevicesClockWhereThereIsOne) {
  std::vector<Samples> samples(2);
  run_on_threads(2, [&](Team& team) {
    HandClock clock;
    const auto rank = static_cast<std::size_t>(team.rank());
    samples[rank] =
        measure(team, clock,
                {.run = [&] { clock.pass(1); }, .device_time = [&] { return Seconds{team.rank() == 0 ? 0.25 : 0.5}; }},
                {.warmup = 0, .fixed = 4}, Seconds{10});
  });
  EXPECT_THAT(samples[0].seconds, ElementsAre(0.5, 0.5, 0.5, 0.5)) << "the host saw 1 s, the slowest device half of it";
  EXPECT_THAT(samples[0].rank_seconds[0], testing::Each(0.25));
}

TEST(Measure, QueuesAStreamAtOnceWhereTheDeviceTimesIt) {
  std::vector<int> queued;
  Samples samples;
  run_on_threads(1, [&](Team& team) {
    HandClock clock;
    const auto stream = [&](int count) {
      queued.push_back(count);
      std::vector<Seconds> durations(static_cast<std::size_t>(count), Seconds{2});
      durations.front() = Seconds{3};
      return durations;
    };
    samples = measure(team, clock, {.run = [] {}, .cadence = Cadence::streaming, .stream = stream},
                      {.warmup = 0, .fixed = 5}, Seconds{10});
  });
  EXPECT_THAT(queued, ElementsAre(5));
  EXPECT_THAT(samples.seconds, ElementsAre(3, 2, 2, 2, 2));
}

TEST(SustainedSamples, FillTheTimeWithEqualNumbersOfOperations) {
  const SustainedSamples short_load = sustained_samples(Seconds{1}, Seconds{0.25});
  EXPECT_EQ(short_load.samples, 4);
  EXPECT_EQ(short_load.operations_each, 1);
  const SustainedSamples long_load = sustained_samples(Seconds{60}, Seconds{1e-3});
  EXPECT_EQ(long_load.samples, 600);
  EXPECT_EQ(long_load.operations_each, 100);
  EXPECT_GE(sustained_samples(Seconds{1e6}, Seconds{0}).operations_each, 1) << "no division by a clock that stood";
}

TEST(Measure, OfASustainedLoadGivesMeansOfItsOperations) {
  int operations = 0;
  Samples samples;
  run_on_threads(1, [&](Team& team) {
    HandClock clock;
    const auto stream = [&](int count) {
      operations += count;
      clock.pass(count * 0.1);
      return std::vector<Seconds>(static_cast<std::size_t>(count), Seconds{0.1});
    };
    samples =
        measure(team, clock, {.run = [] {}, .cadence = Cadence::streaming, .stream = stream, .sustain = Seconds{120}},
                {.warmup = 0}, Seconds{1});
  });
  EXPECT_EQ(operations, 6 + 1200) << "pilot and load; the share of the budget does not cut it";
  EXPECT_EQ(samples.agreed, 600);
  EXPECT_THAT(samples.seconds, testing::AllOf(testing::SizeIs(600), testing::Each(testing::DoubleNear(0.1, 1e-12))));
}

}  // namespace
}  // namespace muster
