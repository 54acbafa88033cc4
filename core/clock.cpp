// SPDX-License-Identifier: Apache-2.0
#include "core/clock.hpp"

#include <ctime>

#include "core/error.hpp"

namespace muster {

Seconds MonotonicClock::now() {
  timespec time{};
  MUSTER_ASSERT(clock_gettime(CLOCK_MONOTONIC, &time) == 0);
  return {static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9};
}

}  // namespace muster
