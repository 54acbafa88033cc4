// SPDX-License-Identifier: Apache-2.0
#include "cli/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <ostream>

namespace muster {
namespace {

/// The line must not wrap on the narrowest usual terminal, or it could not rewrite itself.
constexpr std::size_t kLineWidth = 79;

/// What is left if cases go on as they did; before the first tenth the budget knows better.
Seconds time_left(std::size_t index, std::size_t cases, Seconds elapsed, Seconds budget) {
  const double done = static_cast<double>(index) / static_cast<double>(std::max<std::size_t>(cases, 1));
  const double from_budget = std::max(budget.value - elapsed.value, 0.0);
  if (done < 0.1) return Seconds{from_budget};
  return Seconds{std::min(elapsed.value / done * (1 - done), std::max(from_budget, 1.0))};
}

}  // namespace

Screen screen_of(int descriptor) { return isatty(descriptor) == 1 ? Screen::terminal : Screen::plain; }

std::string format_clock(Seconds time) {
  const long whole = std::lround(std::max(time.value, 0.0));
  const std::string seconds = std::to_string(whole % 60);
  return std::to_string(whole / 60) + ":" + (seconds.size() < 2 ? "0" : "") + seconds;
}

void Progress::at(std::size_t index, const std::string& case_id, Seconds elapsed) {
  const std::size_t percent = cases_ == 0 ? 100 : index * 100 / cases_;
  std::string line = (percent < 10    ? "  "
                      : percent < 100 ? " "
                                      : "") +
                     std::to_string(percent) + "%  " + format_clock(time_left(index, cases_, elapsed, budget_)) +
                     " left  " + case_id;
  if (screen_ == Screen::terminal) {
    line.resize(std::min(line.size(), kLineWidth));
    out_ << "\r\033[K" << line << std::flush;
    drawn_ = true;
    return;
  }
  if (index < next_line_) return;
  next_line_ = index + std::max<std::size_t>(cases_ / 10, 1);
  out_ << line << "\n" << std::flush;
}

void Progress::clear() {
  if (drawn_) out_ << "\r\033[K" << std::flush;
  drawn_ = false;
}

}  // namespace muster
