// SPDX-License-Identifier: Apache-2.0
// The hosts that a user names for mpirun, and their order: ranks are numbered host after host, so hosts that are near
// each other in the fabric must stand next to each other.
#pragma once

#include <string>
#include <vector>

namespace muster {

struct HostSlots {
  std::string host;
  int slots = 1;
};

/// Open MPI's hostfile: one host per line, `slots=N` or one slot; # begins a comment. Throws Error naming file and
/// line.
std::vector<HostSlots> parse_hostfile(const std::string& text, const std::string& origin);

/// Hosts in the order of `order` (names as a fabric's description has them), those it does not name last, in their own
/// order. A host named twice stays twice.
std::vector<HostSlots> ordered(std::vector<HostSlots> hosts, const std::vector<std::string>& order);

std::string to_text(const std::vector<HostSlots>& hosts);

int slots_of(const std::vector<HostSlots>& hosts);
/// Of the host with most of them: what must fit into one host's memory.
int most_slots(const std::vector<HostSlots>& hosts);

}  // namespace muster
