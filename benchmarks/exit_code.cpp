// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/exit_code.hpp"

#include <csignal>
#include <cstring>

namespace muster {

std::string describe_exit(int status) {
  switch (status) {
    case kExitOk:
      return "ended well";
    case kExitEnvironment:
      return "stopped by its environment (exit code 2)";
    case kExitPlansDiffer:
      return "found that the ranks hold different plans (exit code 10): give all of them the same plan.json";
    case kExitRanksDiffer:
      return "found fewer or more ranks than the launcher started (exit code 11): the launcher and the MPI library do "
             "not belong together";
    default:
      break;
  }
  if (status <= kExitSignalBase || status >= kExitSignalBase + NSIG)
    return "ended with exit code " + std::to_string(status);
  const int signal = status - kExitSignalBase;
  return "killed by signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
}

}  // namespace muster
