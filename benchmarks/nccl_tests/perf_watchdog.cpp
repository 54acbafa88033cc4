// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/nccl_tests/perf_watchdog.hpp"

#include <chrono>

namespace muster {

PerfWatchdog::PerfWatchdog(Seconds limit, std::function<void()> on_timeout)
    : limit_(limit), on_timeout_(std::move(on_timeout)) {
  if (limit_.value > 0) thread_ = std::thread([this] { guard(); });
}

PerfWatchdog::~PerfWatchdog() {
  enter(State::ended);
  if (thread_.joinable()) thread_.join();
}

void PerfWatchdog::enter(State state) {
  const std::scoped_lock lock(lock_);
  state_ = state;
  ++changes_;
  changed_.notify_one();
}

void PerfWatchdog::guard() {
  std::unique_lock lock(lock_);
  while (state_ != State::ended) {
    const unsigned long seen = changes_;
    const auto has_changed = [&] { return changes_ != seen; };
    if (state_ == State::idle) {
      changed_.wait(lock, has_changed);
    } else if (!changed_.wait_for(lock, std::chrono::duration<double>(limit_.value), has_changed)) {
      on_timeout_();
      return;
    }
  }
}

}  // namespace muster
