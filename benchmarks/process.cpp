// SPDX-License-Identifier: Apache-2.0
// Reads /proc/<pid>/stat (man 5 proc). The signal goes through a pidfd, taken before the identity is checked, so that
// the number cannot change hands in between.
#include "benchmarks/process.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>

namespace muster {

namespace {

struct Stat {
  char state = '?';
  std::uint64_t start_ticks = 0;
};

std::optional<Stat> read_stat(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  // The second field is the program's name in parentheses, which may itself hold spaces and parentheses.
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));
  Stat stat;
  fields >> stat.state;
  constexpr int kFieldsBetween = 18;  // state is field 3, the start time field 22
  std::string skipped;
  for (int i = 0; i < kFieldsBetween; ++i) fields >> skipped;
  return fields >> stat.start_ticks ? std::optional(stat) : std::nullopt;
}

}  // namespace

ProcessId this_process() {
  const std::optional<Stat> stat = read_stat(::getpid());
  return {::getpid(), stat ? stat->start_ticks : 0};
}

ProcessState state_of(const ProcessId& process) {
  const std::optional<Stat> stat = read_stat(process.pid);
  if (!stat || stat->start_ticks != process.start_ticks || stat->state == 'Z' || stat->state == 'X') {
    return ProcessState::gone;
  }
  return stat->state == 'T' ? ProcessState::stopped : ProcessState::alive;
}

void kill_process(const ProcessId& process) {
  // By number, because glibc 2.36's own declarations of these calls do not link from C++.
  const int descriptor = static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0));
  const bool is_there = state_of(process) != ProcessState::gone;
  if (is_there && descriptor >= 0) ::syscall(SYS_pidfd_send_signal, descriptor, SIGKILL, nullptr, 0);
  if (is_there && descriptor < 0) ::kill(process.pid, SIGKILL);  // kernels before 5.3
  if (descriptor >= 0) ::close(descriptor);
}

}  // namespace muster
