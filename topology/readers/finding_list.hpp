// SPDX-License-Identifier: Apache-2.0
// Findings of one file while it is read.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "topology/finding.hpp"

namespace muster {

/// Of each code the first hundred are kept and the others counted: a hostile file cannot fill the memory with them.
class FindingList {
 public:
  explicit FindingList(std::string origin);

  /// `finding.place` becomes "origin:line".
  void add(int line, Finding finding);
  /// What was kept, and one note for each code with more.
  std::vector<Finding> take();

  /// "origin:line", for the provenance of numbers.
  std::string place(int line) const;

 private:
  std::string origin_;
  std::vector<Finding> kept_;
  std::map<std::string, int> counts_;  // by code
};

}  // namespace muster
