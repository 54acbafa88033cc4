// SPDX-License-Identifier: Apache-2.0
// What the ranks and their launcher say: passed on line by line, and its end kept for the incident report.
#pragma once

#include <deque>
#include <iosfwd>
#include <string>
#include <vector>

namespace muster {

class OutputTail {
 public:
  /// `talk` gets every line as soon as it is whole.
  explicit OutputTail(std::ostream& talk) : talk_(talk) {}

  /// Takes what a non-blocking pipe holds now. False once nobody can write to it any more.
  bool drain(int pipe);
  /// Passes on an unfinished last line.
  void finish();

  std::vector<std::string> last_lines() const { return {lines_.begin(), lines_.end()}; }

 private:
  void end_line();

  std::ostream& talk_;
  std::string unfinished_;
  std::deque<std::string> lines_;
};

}  // namespace muster
