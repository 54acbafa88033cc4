// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/output_tail.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ostream>
#include <string_view>
#include <utility>

namespace muster {

namespace {

constexpr std::size_t kLinesKept = 50;      // a launcher's message and what came before it
constexpr std::size_t kLongestLine = 1000;  // bytes; a longer one is broken, so that memory stays bounded

}  // namespace

bool OutputTail::drain(int pipe) {
  std::array<char, 4096> buffer;
  // As much as a pipe holds (64 KiB): whoever writes without end must not keep us from watching.
  for (int round = 0; round < 16; ++round) {
    const ssize_t count = ::read(pipe, buffer.data(), buffer.size());
    if (count == 0) return false;
    if (count < 0 && errno != EINTR) break;
    for (const char letter : std::string_view(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)))) {
      if (letter != '\n') unfinished_ += letter;
      if (letter == '\n' || unfinished_.size() == kLongestLine) end_line();
    }
  }
  talk_.flush();
  return true;
}

void OutputTail::finish() {
  if (!unfinished_.empty()) end_line();
  talk_.flush();
}

void OutputTail::end_line() {
  talk_ << unfinished_ << '\n';
  lines_.push_back(std::move(unfinished_));
  unfinished_.clear();
  if (lines_.size() > kLinesKept) lines_.pop_front();
}

}  // namespace muster
