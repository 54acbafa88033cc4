// SPDX-License-Identifier: Apache-2.0
// Ids of devices of one graph: what a file names twice gets a number behind it.
#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>

namespace muster {

class UniqueIds {
 public:
  /// `wanted` itself the first time, then "wanted#2", "wanted#3"...
  std::string take(const std::string& wanted) {
    int& copies = copies_[wanted];
    std::string id = wanted;
    while (++copies > 1 || used_.contains(id)) {
      if (copies > 1) id = wanted + "#" + std::to_string(copies);
      if (!used_.contains(id)) break;
    }
    used_.insert(id);
    return id;
  }

 private:
  std::unordered_map<std::string, int> copies_;
  std::unordered_set<std::string> used_;
};

}  // namespace muster
