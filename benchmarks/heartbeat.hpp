// SPDX-License-Identifier: Apache-2.0
// The sign of life of each rank: a small file in the status folder that says who it is and where in the plan it is,
// with a counter that a thread of its own turns. Written by `muster run`, read by the launcher that watches it.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/process.hpp"
#include "core/units.hpp"

namespace muster {

enum class Phase {
  starting,
  preparing,  ///< inputs, checked iterations, warm-up
  checking,
  measuring,
  done,        ///< went through its whole plan
  terminated,  ///< somebody sent SIGTERM: this rank is not the one that broke first
  failed,      ///< left by an error of its own
};

std::string_view name_of(Phase phase);
/// Throws Error listing the accepted words.
Phase parse_phase(std::string_view name);

struct Beat {
  int rank = 0;
  ProcessId process;
  std::string host;
  Phase phase = Phase::starting;
  std::uint64_t counter = 0;  ///< turns twice a second: it stands still in a stopped rank, not in a waiting one
  std::int64_t case_index = -1;
  std::uint64_t steps = 0;  ///< timed operations begun
  std::string case_id;      ///< empty before the first case
};

/// True for the phases after which nothing more is to come.
bool is_over(Phase phase);

/// One line of fixed size, so that each beat overwrites the last; a case id that is too long is cut.
std::string to_text(const Beat& beat);
/// Empty when the text is no whole beat: it is being written, or is not ours.
std::optional<Beat> parse_beat(std::string_view text);

/// [rank] = its last beat; empty where there is none yet.
std::vector<std::optional<Beat>> read_beats(const std::string& folder, int ranks);
/// Makes the folder, or removes the beats that an earlier launch has left there.
void clear_beats(const std::string& folder);

/// Owner of one rank's sign of life. SIGTERM is blocked in the constructing thread and in every thread that it starts
/// later; the beating thread takes the signal, marks `terminated`, and lets it end the process. So it must be made
/// before any other thread. A file that cannot be written later is a missed beat, for the watcher to judge.
class Heartbeat {
 public:
  static constexpr Seconds kInterval{0.5};

  /// Throws Error when the first beat cannot be written.
  Heartbeat(const std::string& folder, int rank);
  /// Without mark_done() before, the rank has failed.
  ~Heartbeat();
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;

  /// From any thread, between timed parts only: it writes a file (about 10 us on a local disk).
  void at(std::size_t case_index, std::string_view case_id, Phase phase);
  void mark_done();
  /// Another timed operation begins. Costs one store; the file tells of it with the next beat.
  void step() { steps_.fetch_add(1, std::memory_order_relaxed); }

 private:
  class Beating;
  std::atomic<std::uint64_t> steps_ = 0;  // outlives the thread that reads it
  std::unique_ptr<Beating> beating_;
};

}  // namespace muster
