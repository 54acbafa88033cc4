// SPDX-License-Identifier: Apache-2.0
#include "topology/readers/finding_list.hpp"

#include <utility>

namespace muster {

namespace {

constexpr int kKept = 100;

}  // namespace

FindingList::FindingList(std::string origin) : origin_(std::move(origin)) {}

std::string FindingList::place(int line) const { return origin_ + ":" + std::to_string(line); }

void FindingList::add(int line, Finding finding) {
  if (++counts_[finding.code] > kKept) return;
  finding.place = place(line);
  kept_.push_back(std::move(finding));
}

std::vector<Finding> FindingList::take() {
  for (const auto& [code, count] : counts_) {
    if (count <= kKept) continue;
    kept_.push_back({Severity::note, "further_findings", origin_,
                     "there are " + std::to_string(count - kKept) + " more findings \"" + code + "\" in this file"});
  }
  counts_.clear();
  return std::exchange(kept_, {});
}

}  // namespace muster
