// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/clock_alignment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster {
namespace {

TEST(ClockAlignment, IsExactBetweenRanksOfOneBoot) {
  run_on_threads(3, [](Team& team) {
    MonotonicClock clock;
    const ClockAlignment alignment = align_clocks(team, clock);
    EXPECT_THAT(alignment.offset, testing::ElementsAre(0, 0, 0));
    EXPECT_THAT(alignment.error, testing::ElementsAre(0, 0, 0));
  });
}

/// A clock that is ahead of the others by a fixed time.
class ShiftedClock final : public Clock {
 public:
  explicit ShiftedClock(Seconds ahead) : ahead_(ahead) {}
  Seconds now() override { return monotonic_.now() + ahead_; }

 private:
  MonotonicClock monotonic_;
  Seconds ahead_;
};

TEST(ClockAlignment, FindsHowFarAnotherHostsClockIsAheadWithinItsOwnError) {
  run_on_threads(3, [](Team& team) {
    ShiftedClock clock(Seconds{100.0 * team.rank()});
    const ClockAlignment alignment = align_clocks(team, clock, "host " + std::to_string(team.rank()));
    for (std::size_t rank = 0; rank < 3; ++rank) {
      EXPECT_NEAR(alignment.offset[rank], -100.0 * static_cast<double>(rank), alignment.error[rank] + 1e-9);
    }
    EXPECT_GT(alignment.error[1], 0);
  });
}

}  // namespace
}  // namespace muster
