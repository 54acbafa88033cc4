// SPDX-License-Identifier: Apache-2.0
// A measured contradiction between two ways to do the same work: found by self_consistency.hpp, kept in a report.
#pragma once

#include <string>
#include <vector>

#include "core/file.hpp"

namespace muster {

struct GuidelineViolation {
  std::string guideline;               ///< its name: "all_reduce <= reduce_scatter + all_gather"
  std::string case_id;                 ///< what is too slow
  std::vector<std::string> reference;  ///< the cases that together do the same work in less time
  double factor = 1;                   ///< median time over the medians of the reference
  double at_least = 1;                 ///< the same where the intervals are nearest to each other
  std::string remedy;                  ///< what a user can try, with the exact name of the setting
};

/// "all_reduce/... takes 1.8 times as long as ... + ... (at least 1.7): try ...".
std::string text_of(const GuidelineViolation& violation);

/// A warning for each guideline that is violated, with its worst case: for the findings.
std::vector<std::string> guideline_findings(const std::vector<GuidelineViolation>& violations);

Json to_json(const GuidelineViolation& violation);
/// Throws Error naming `where` and the key.
GuidelineViolation guideline_from_json(const Json& json, const std::string& where);

}  // namespace muster
