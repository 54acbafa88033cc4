// SPDX-License-Identifier: Apache-2.0
#include "topology/processors.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <utility>

namespace muster {

std::vector<int> cores_first(std::vector<int> processors, const std::string& cpu_folder) {
  std::map<std::string, int> seen;  // by list of siblings, which names a core: how many of its threads were met
  std::vector<std::pair<int, int>> order;
  for (const int processor : processors) {
    std::ifstream file(cpu_folder + "/cpu" + std::to_string(processor) + "/topology/thread_siblings_list");
    std::string siblings;
    const bool known = static_cast<bool>(std::getline(file, siblings));
    order.emplace_back(known ? seen[siblings]++ : 0, processor);
  }
  std::ranges::stable_sort(order, {}, &std::pair<int, int>::first);
  std::ranges::transform(order, processors.begin(), &std::pair<int, int>::second);
  return processors;
}

}  // namespace muster
