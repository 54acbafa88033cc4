// SPDX-License-Identifier: Apache-2.0
// Errors of two kinds: muster::Error for the environment (a file, MPI, CUDA), MUSTER_ASSERT for our own bugs.
// Expected outcomes (unsupported, wrong data, noisy, slow) are values, never exceptions.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace muster {

/// Something outside the program went wrong. The text is one line: what failed, where, and what to do about it.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// `text` in double quotes for use inside an error: control characters as \xNN, cut at 120 characters.
std::string in_quotes(std::string_view text);

/// Prints the broken promise and aborts; called by MUSTER_ASSERT only.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace muster

/// Always on, in release builds too: a benchmark that computes nonsense is worse than one that stops.
#define MUSTER_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::muster::assertion_failed(#condition, __FILE__, __LINE__))
