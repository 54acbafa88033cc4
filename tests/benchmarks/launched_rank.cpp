// SPDX-License-Identifier: Apache-2.0
// A child of the launcher's tests that gives signs of life: launched_rank <status folder> <way>.
#include "tests/benchmarks/launched_rank.hpp"

#include "benchmarks/heartbeat.hpp"

int main(int, char** arguments) {
  muster::Heartbeat heartbeat(arguments[1], 0);
  heartbeat.at(0, "first/case", muster::Phase::measuring);
  muster::misbehave(arguments[2]);
  heartbeat.mark_done();
}
