// SPDX-License-Identifier: Apache-2.0
// One child process with its descendants: started in a process group of its own, so that a terminal's Ctrl-C reaches
// only us, and never outliving its owner.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace muster {

class ChildProcess {
 public:
  /// Standard input is empty, standard output and error go into one pipe; no signal is blocked. The kernel sends
  /// SIGTERM if the thread that made it ends. Throws Error when the program cannot be started.
  explicit ChildProcess(const std::vector<std::string>& words);
  /// Kills what is left of the group.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// The pipe's reading end; never blocks.
  int output() const { return output_; }

  /// Empty while it runs, then its status as shells show it: the exit code, or 128 + signal. What else is in the group
  /// is killed when the child has ended.
  std::optional<int> poll_exit();

  /// To the whole group, as long as the child has not been seen to end.
  void signal(int number);

 private:
  pid_t pid_ = -1;
  int output_ = -1;
  std::optional<int> status_;
};

}  // namespace muster
