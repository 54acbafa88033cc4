// SPDX-License-Identifier: Apache-2.0
// signalfd (man 2 signalfd): no handler, hence no global state.
#include "benchmarks/interrupt_gate.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include "core/error.hpp"

namespace muster {

InterruptGate::InterruptGate() {
  sigset_t wishes;
  sigemptyset(&wishes);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&wishes, number);
  ::pthread_sigmask(SIG_BLOCK, &wishes, &mask_before_);
  descriptor_ = ::signalfd(-1, &wishes, SFD_CLOEXEC | SFD_NONBLOCK);
  MUSTER_ASSERT(descriptor_ >= 0);
}

InterruptGate::~InterruptGate() {
  ::close(descriptor_);
  ::pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

std::optional<int> InterruptGate::take() {
  signalfd_siginfo info{};
  if (::read(descriptor_, &info, sizeof info) != sizeof info) return std::nullopt;
  return static_cast<int>(info.ssi_signo);
}

}  // namespace muster
