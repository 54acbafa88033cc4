// SPDX-License-Identifier: Apache-2.0
// One of several ranks: the last one misbehaves, the others wait for it in a barrier.
#include "benchmarks/heartbeat.hpp"
#include "benchmarks/launch_environment.hpp"
#include "collectives/team.hpp"
#include "tests/benchmarks/launched_rank.hpp"

int main(int, char** arguments) {
  using namespace muster;
  Heartbeat heartbeat(arguments[1], launcher_rank(current_environment()).value());
  const std::unique_ptr<Team> team = make_mpi_team();
  const bool is_last = team->rank() == team->ranks() - 1;
  heartbeat.at(0, "first/case", is_last ? Phase::preparing : Phase::measuring);
  if (is_last) misbehave(arguments[2]);
  team->barrier();
  heartbeat.mark_done();
}
