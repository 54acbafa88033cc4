// SPDX-License-Identifier: Apache-2.0
// Where a running benchmark is, for people: one line that rewrites itself on a terminal, plain lines elsewhere.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>

#include "core/units.hpp"

namespace muster {

enum class Screen { terminal, plain };

/// Terminal if `descriptor` (1 or 2) is one.
Screen screen_of(int descriptor);

class Progress {
 public:
  Progress(std::ostream& out, Screen screen, std::size_t cases, Seconds budget)
      : out_(out), screen_(screen), cases_(cases), budget_(budget) {}

  /// Case `index` (from 0) is in hand, `elapsed` after the begin. On a terminal rewrites the line; else prints one line
  /// per tenth of the plan.
  void at(std::size_t index, const std::string& case_id, Seconds elapsed);
  /// Clears the line, so that other output can follow.
  void clear();

 private:
  std::ostream& out_;
  Screen screen_;
  std::size_t cases_;
  Seconds budget_;
  bool drawn_ = false;
  std::size_t next_line_ = 0;  ///< case index at which a plain line is due
};

/// "0:42": minutes and seconds.
std::string format_clock(Seconds time);

}  // namespace muster
