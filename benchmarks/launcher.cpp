// SPDX-License-Identifier: Apache-2.0
// One loop: read what the ranks say, see whether the launcher lives, look at the signs of life; then end and explain.
#include "benchmarks/launcher.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <ostream>

#include "benchmarks/child_process.hpp"
#include "benchmarks/exit_code.hpp"
#include "benchmarks/interrupt_gate.hpp"
#include "benchmarks/launch_failure.hpp"
#include "benchmarks/output_tail.hpp"
#include "collectives/team.hpp"
#include "core/host.hpp"

namespace muster {

namespace {

class Launch {
 public:
  Launch(const LaunchPlan& plan, Clock& clock, std::ostream& talk)
      : plan_(plan),
        clock_(clock),
        host_(host_name()),
        child_(launch_command(plan.request, plan.host).words),
        output_(talk),
        watch_(plan.limits, clock.now()) {}

  LaunchOutcome run() {
    while (!child_.poll_exit() && outcome_.incidents.empty()) {
      wait_and_read();
      look();
    }
    if (!child_.poll_exit()) end();
    kill_ranks_left();
    output_.drain(child_.output());
    output_.finish();
    outcome_.status = child_.poll_exit().value_or(kExitSignalBase + SIGKILL);
    if (outcome_.incidents.empty()) explain();
    for (Incident& incident : outcome_.incidents) {
      incident.launch = plan_.launch;
      if (in_one_process()) incident.rank = -1;
    }
    return std::move(outcome_);
  }

 private:
  // One process holds all ranks of the threads launcher: it gives one sign of life, and no single rank is to blame.
  bool in_one_process() const { return plan_.request.launcher == LauncherKind::threads; }

  std::vector<std::optional<Beat>> beats() const {
    return read_beats(plan_.status_folder, in_one_process() ? 1 : plan_.request.ranks);
  }

  // Often enough for people, and with thousands of files seldom enough for a shared file system.
  int pause_ms() const { return std::max(100, plan_.request.ranks); }

  void wait_and_read() {
    std::array<pollfd, 2> sources = {{{interrupts_.descriptor(), POLLIN, 0}, {pipe_, POLLIN, 0}}};
    ::poll(sources.data(), sources.size(), pause_ms());
    if (!output_.drain(child_.output())) pipe_ = -1;  // poll() skips it, or it would not wait any more
  }

  void look() {
    if (const auto signal = interrupts_.take()) {
      outcome_.interrupted = true;
      outcome_.incidents.push_back(
          {.launch = 0,
           .rank = -1,
           .host = host_,
           .case_id = {},
           .what = "interrupted by signal " + std::to_string(*signal) + " (" + ::strsignal(*signal) + ")"});
      return;
    }
    if (child_.poll_exit()) return;  // what the ranks left behind is explained from the whole
    const Sight seen = sight();
    if (plan_.on_look) plan_.on_look(seen);
    outcome_.incidents = watch_.look(seen, clock_.now());
  }

  Sight sight() const {
    Sight sight;
    for (const std::optional<Beat>& beat : beats()) {
      const bool is_here = beat && beat->host == host_;
      sight.ranks.push_back({beat, is_here ? std::optional(state_of(beat->process)) : std::nullopt});
    }
    std::error_code missing;
    const std::uintmax_t size = std::filesystem::file_size(plan_.progress_file, missing);
    sight.recorded_bytes = missing ? 0 : size;
    return sight;
  }

  // A process that hangs in a driver survives even SIGKILL; it is left behind rather than waited for.
  void end() {
    kill_stopped_ranks();
    for (const int signal : {SIGTERM, SIGKILL}) {
      child_.signal(signal);
      const Seconds begin = clock_.now();
      while (!child_.poll_exit() && clock_.now() - begin < plan_.grace) {
        wait_and_read();
        if (interrupts_.take()) break;  // who asks twice is in a hurry
      }
    }
  }

  // A launcher that ends its ranks wakes the stopped ones first, and they would go on measuring until the end.
  void kill_stopped_ranks() const {
    for (const std::optional<Beat>& beat : beats()) {
      const bool is_stopped = beat && beat->host == host_ && state_of(beat->process) == ProcessState::stopped;
      if (is_stopped) kill_process(beat->process);
    }
  }

  // mpirun puts each rank into a group of its own, so its death may leave some behind.
  void kill_ranks_left() const {
    for (const std::optional<Beat>& beat : beats()) {
      if (beat && beat->host == host_) kill_process(beat->process);
    }
  }

  void explain() {
    const auto incident = explain_end({outcome_.status, beats(), output_.last_lines()});
    if (incident) outcome_.incidents.push_back(*incident);
  }

  const LaunchPlan& plan_;
  Clock& clock_;
  std::string host_;
  InterruptGate interrupts_;
  ChildProcess child_;
  OutputTail output_;
  LaunchWatch watch_;
  int pipe_ = child_.output();
  LaunchOutcome outcome_;
};

}  // namespace

LaunchOutcome run_launch(const LaunchPlan& plan, Clock& clock, std::ostream& talk) {
  clear_beats(plan.status_folder);
  for (const std::string& notice : launch_command(plan.request, plan.host).notices) talk << "note: " << notice << '\n';
  return Launch(plan, clock, talk).run();
}

}  // namespace muster
