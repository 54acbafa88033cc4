// SPDX-License-Identifier: Apache-2.0
// What a case should take, computed before it is judged (benchmarks/expectation.cpp): limit by physics, prediction by
// the chosen schedule on measured rates.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/units.hpp"

namespace muster {

struct Bound {
  Seconds time;
  std::string binds;  ///< the unit that binds, for people: "L2 read bandwidth of 2 ranks", "one-way latency"
};

struct Expectation {
  std::optional<Bound> limit;
  std::optional<Bound> prediction;
  std::string unknown;  ///< why one of them is missing; empty when none is
};

using Expectations = std::map<std::string, Expectation>;  ///< by case id

}  // namespace muster
