// SPDX-License-Identifier: Apache-2.0
// From results of other tools to the plan, topology and run that the judge takes: the middle of `muster import`.
#pragma once

#include <string>
#include <vector>

#include "reports/case.hpp"
#include "reports/readers/readers.hpp"
#include "reports/record.hpp"
#include "topology/graph.hpp"

namespace muster {

struct ImportedRun {
  Plan plan;
  Topology topology;  ///< the hosts that the files name; nothing else is known
  Run run;
};

/// What the readers found in all files. The same case of several becomes one case with all their samples.
ImportedRun merged(std::vector<ForeignResults> files);

/// All files as one plan and one run. `format` empty: each file is recognised by its content. Throws Error naming the
/// file when it is in no known format, or when nothing was planned in any of them.
ImportedRun import_files(const std::vector<std::string>& paths, const std::string& format);

/// run.jsonl of it.
std::string to_lines(const Run& run);

}  // namespace muster
