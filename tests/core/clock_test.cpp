// SPDX-License-Identifier: Apache-2.0
#include "core/clock.hpp"

#include <gtest/gtest.h>

namespace muster {
namespace {

TEST(MonotonicClock, Never_goes_back_and_moves_on) {
  MonotonicClock clock;
  const Seconds start = clock.now();
  Seconds last = start;
  // Bounded by readings, not by time: at 20 ns each they span far more than the clock's resolution.
  for (int reading = 0; reading < 100000; ++reading) {
    const Seconds now = clock.now();
    ASSERT_GE(now, last);
    last = now;
  }
  EXPECT_GT(last, start);
}

}  // namespace
}  // namespace muster
