// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/clock_alignment.hpp"

#include <fstream>
#include <limits>

#include "core/host.hpp"

namespace muster {
namespace {

/// The error settles after some ten round trips on an idle network; the rest outlasts a burst of other traffic.
constexpr int kRoundTrips = 40;

template <typename T>
std::span<std::byte> bytes_of(T& value) {
  return std::as_writable_bytes(std::span(&value, 1));
}

/// Rank 0's half of the round trips: answers with its time.
void answer(Team& team, Clock& clock, int rank) {
  for (int i = 0; i < kRoundTrips; ++i) {
    double asked = 0;
    team.receive(bytes_of(asked), rank);
    double now = clock.now().value;
    team.send(bytes_of(now), rank);
  }
}

struct Offset {
  double offset = 0;
  double error = 0;
};

Offset ask(Team& team, Clock& clock) {
  Offset best{0, std::numeric_limits<double>::infinity()};
  for (int i = 0; i < kRoundTrips; ++i) {
    double sent = clock.now().value;
    team.send(bytes_of(sent), 0);
    double answered = 0;
    team.receive(bytes_of(answered), 0);
    const double received = clock.now().value;
    const double error = (received - sent) / 2;
    if (error < best.error) best = {answered - (sent + received) / 2, error};
  }
  return best;
}

}  // namespace

std::string boot_of_this_host() {
  std::string boot;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> boot;
  return host_name() + "/" + boot;
}

ClockAlignment align_clocks(Team& team, Clock& clock) { return align_clocks(team, clock, boot_of_this_host()); }

ClockAlignment align_clocks(Team& team, Clock& clock, const std::string& boot) {
  const std::vector<std::string> boots = all_gather(team, boot);
  Offset mine;
  for (int rank = 1; rank < team.ranks(); ++rank) {
    if (boots[static_cast<std::size_t>(rank)] == boots[0]) continue;
    if (team.rank() == 0) answer(team, clock, rank);
    if (team.rank() == rank) mine = ask(team, clock);
  }
  ClockAlignment alignment;
  for (const Offset& each : all_gather(team, mine)) {
    alignment.offset.push_back(each.offset);
    alignment.error.push_back(each.error);
  }
  return alignment;
}

}  // namespace muster
