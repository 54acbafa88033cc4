// SPDX-License-Identifier: Apache-2.0
// Groups of numbered things that grow together (union-find): which devices share a switch, which names mean one host.
#pragma once

#include <algorithm>
#include <numeric>
#include <vector>

namespace muster {

class DisjointSets {
 public:
  explicit DisjointSets(int count) : parent_(static_cast<std::size_t>(count)) {
    std::iota(parent_.begin(), parent_.end(), 0);
  }

  /// The same number for all members of a group: the least of them.
  int find(int member) {
    while (parent(member) != member) member = parent(member) = parent(parent(member));
    return member;
  }

  void unite(int one, int other) {
    const auto [least, most] = std::minmax({find(one), find(other)});
    parent(most) = least;
  }

 private:
  int& parent(int member) { return parent_[static_cast<std::size_t>(member)]; }

  std::vector<int> parent_;
};

}  // namespace muster
