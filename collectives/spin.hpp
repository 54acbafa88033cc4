// SPDX-License-Identifier: Apache-2.0
// Waiting for another core's store: spins while the answer is likely near, gives the core away when it is not.
#pragma once

#include <sched.h>
#include <unistd.h>

namespace muster {

class Spin {
 public:
  /// Is there a processor for each of so many ranks that wait on this host?
  static bool pays(int ranks_here) { return ranks_here <= processors(); }

  /// `ranks_here`: how many ranks spin on this host. With more of them than processors (all of the host's, whatever
  /// this process is bound to) spinning only keeps the awaited rank from running.
  explicit Spin(int ranks_here) : looks_before_yield_(pays(ranks_here) ? kLooks : 0) {}

  /// Call once per failed look.
  void pause() {
    if (looks_++ < looks_before_yield_) {
#if defined(__x86_64__)
      __builtin_ia32_pause();
#endif
      return;
    }
    sched_yield();
  }
  void found() { looks_ = 0; }

 private:
  static long processors() {
    static const long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online;
  }

  /// About 50 us of pauses at 40-140 cycles each: longer than any wait between ranks that have a core each.
  static constexpr int kLooks = 2000;
  int looks_before_yield_;
  int looks_ = 0;
};

}  // namespace muster
