// SPDX-License-Identifier: Apache-2.0
// -T: what happens when a collective takes too long. A rank that hangs inside a library cannot be called back, so the
// callback is the last thing that the process does.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "core/units.hpp"

namespace muster {

class PerfWatchdog {
 public:
  /// `on_timeout` is called from another thread while the watched one hangs. 0 s: never.
  PerfWatchdog(Seconds limit, std::function<void()> on_timeout);
  ~PerfWatchdog();
  PerfWatchdog(const PerfWatchdog&) = delete;
  PerfWatchdog& operator=(const PerfWatchdog&) = delete;

  /// Watches while it lives.
  class Watch {
   public:
    explicit Watch(PerfWatchdog& dog) : dog_(dog) { dog_.enter(State::watching); }
    ~Watch() { dog_.enter(State::idle); }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    PerfWatchdog& dog_;
  };

 private:
  enum class State { idle, watching, ended };
  void enter(State state);
  void guard();

  Seconds limit_;
  std::function<void()> on_timeout_;
  std::mutex lock_;
  std::condition_variable changed_;
  State state_ = State::idle;
  unsigned long changes_ = 0;  ///< tells two watches that follow each other apart
  std::thread thread_;
};

}  // namespace muster
