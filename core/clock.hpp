// SPDX-License-Identifier: Apache-2.0
// Time as a door that tests can replace: code that measures or waits takes a Clock&.
#pragma once

#include "core/units.hpp"

namespace muster {

class Clock {
 public:
  virtual ~Clock() = default;
  /// Seconds since an arbitrary fixed point; never goes back. One reading costs about 20-40 ns.
  virtual Seconds now() = 0;
};

/// CLOCK_MONOTONIC: the same for all processes of one boot of one host.
class MonotonicClock final : public Clock {
 public:
  Seconds now() override;
};

}  // namespace muster
