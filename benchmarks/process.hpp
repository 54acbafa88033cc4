// SPDX-License-Identifier: Apache-2.0
// Processes of this host by identity: a number alone may by now belong to somebody else, number and start time cannot.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace muster {

struct ProcessId {
  pid_t pid = 0;
  std::uint64_t start_ticks = 0;  ///< clock ticks after boot, field 22 of /proc/<pid>/stat
};

enum class ProcessState {
  alive,
  stopped,  ///< by SIGSTOP or its like: state T
  gone,     ///< ended, a zombie, or the number is another process's
};

ProcessId this_process();
ProcessState state_of(const ProcessId& process);
/// SIGKILL to exactly this process; nothing happens if it is gone.
void kill_process(const ProcessId& process);

}  // namespace muster
