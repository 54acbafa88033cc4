// SPDX-License-Identifier: Apache-2.0
// What the ranks of the launcher's tests do to themselves.
#pragma once

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "benchmarks/exit_code.hpp"

namespace muster {

/// "well" returns; every other way ends, stops or holds this process.
inline void misbehave(const std::string& way) {
  if (way == "exit3") {
    std::fprintf(stderr, "cannot go on\n");
    ::_exit(3);
  }
  if (way == "plans") ::_exit(kExitPlansDiffer);
  if (way == "kill") std::raise(SIGKILL);
  if (way == "stop") std::raise(SIGSTOP);
  if (way == "interrupt") ::kill(::getppid(), SIGINT);
  while (way != "well") ::pause();
}

}  // namespace muster
