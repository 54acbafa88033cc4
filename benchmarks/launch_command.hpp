// SPDX-License-Identifier: Apache-2.0
// The command line that starts the ranks, as words for the kernel and as text for people.
#pragma once

#include <string>
#include <vector>

#include "benchmarks/launch_environment.hpp"

namespace muster {

/// Where the command is made: what mpirun's defaults would trip over.
struct LaunchHost {
  int physical_cores = 1;
  unsigned user = 0;  ///< effective user id; 0 is root
};

struct LaunchRequest {
  LauncherKind launcher = LauncherKind::threads;
  int ranks = 1;
  std::string hostfile;                ///< mpirun only; empty = this host
  std::string program;                 ///< path
  std::vector<std::string> arguments;  ///< of the program: "run", "--plan", ...
};

struct LaunchCommand {
  std::vector<std::string> words;
  std::vector<std::string> notices;  ///< what a reader of the results must know about this launch
};

/// Throws Error when the launcher cannot do what is asked: a hostfile without mpirun.
LaunchCommand launch_command(const LaunchRequest& request, const LaunchHost& host);

/// Quoted so that a shell would run exactly this.
std::string to_text(const LaunchCommand& command);

}  // namespace muster
