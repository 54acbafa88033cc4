// SPDX-License-Identifier: Apache-2.0
// Starts the ranks and survives what they do: `muster bench` between plan.json and the last line of run.jsonl.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "benchmarks/launch_command.hpp"
#include "benchmarks/launch_watch.hpp"
#include "core/clock.hpp"
#include "reports/record.hpp"

namespace muster {

struct LaunchPlan {
  LaunchRequest request;
  LaunchHost host;
  std::string status_folder;    ///< on every host the same; the ranks' signs of life are in it
  std::string progress_file{};  ///< its growth counts as progress; may not exist yet
  int launch = 0;               ///< 0, 1, ...: stands in the incidents
  WatchLimits limits{};
  Seconds grace{5};                             ///< between SIGTERM and SIGKILL
  std::function<void(const Sight&)> on_look{};  ///< hears of every look at the ranks: for a line of progress
};

struct LaunchOutcome {
  int status = 0;  ///< of the launcher, as a shell shows it; benchmarks/exit_code.hpp names some
  std::vector<Incident> incidents;
  bool interrupted = false;  ///< somebody asked this process to end: report what there is, start nothing more
};

/// Clears the status folder, starts the command of `plan.request`, and returns when no process of it is left on this
/// host that it knows of. `talk` gets the notices and all lines of the ranks. SIGINT, SIGTERM and SIGHUP to this
/// process end the launch, a second one at once; so call it before any other thread exists. Throws Error when the
/// launcher cannot be started.
LaunchOutcome run_launch(const LaunchPlan& plan, Clock& clock, std::ostream& talk);

}  // namespace muster
