// SPDX-License-Identifier: Apache-2.0
// From a run to its report: shared by `muster judge`, `muster bench` and `muster import`.
#pragma once

#include <string>
#include <vector>

#include "reports/case.hpp"
#include "reports/record.hpp"
#include "reports/verdict.hpp"
#include "topology/graph.hpp"

namespace muster {

struct JudgedFiles {
  std::string plan, cluster, run;
  std::string targets;              ///< empty = the built-in ones
  std::string report;               ///< written
  std::vector<std::string> more{};  ///< written too, each in the format of its ending
};

/// Judges what is in memory, writes the report, prints the tables on standard output.
Verdict judge_run(const Plan& plan, const Topology& topology, const Run& run, const JudgedFiles& files);

/// Reads, judges, writes the report, prints the tables on standard output.
Verdict judge_files(const JudgedFiles& files);

}  // namespace muster
