// SPDX-License-Identifier: Apache-2.0
// From the files of a run to its report: shared by `muster judge` and `muster bench`.
#pragma once

#include <string>
#include <vector>

#include "reports/verdict.hpp"

namespace muster {

struct JudgedFiles {
  std::string plan, cluster, run;
  std::string targets;              ///< empty = the built-in ones
  std::string report;               ///< written
  std::vector<std::string> more{};  ///< written too, each in the format of its ending
};

/// Reads, judges, writes the report, prints the tables on standard output.
Verdict judge_files(const JudgedFiles& files);

}  // namespace muster
