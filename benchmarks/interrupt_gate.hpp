// SPDX-License-Identifier: Apache-2.0
// While it lives, a wish to end this process (Ctrl-C, SIGTERM, a closed terminal) is something to read, not a blow.
#pragma once

#include <csignal>
#include <optional>

namespace muster {

/// Make it before any other thread, which would take the signals instead. The destructor restores what was before.
class InterruptGate {
 public:
  InterruptGate();
  ~InterruptGate();
  InterruptGate(const InterruptGate&) = delete;
  InterruptGate& operator=(const InterruptGate&) = delete;

  /// Readable when a signal waits.
  int descriptor() const { return descriptor_; }
  /// The oldest signal that nobody has taken.
  std::optional<int> take();

 private:
  sigset_t mask_before_{};
  int descriptor_ = -1;
};

}  // namespace muster
