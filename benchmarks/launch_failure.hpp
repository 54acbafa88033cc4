// SPDX-License-Identifier: Apache-2.0
// Who broke first, once a launch has ended: from the launcher's status, its last lines and the ranks' last beats.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "benchmarks/heartbeat.hpp"
#include "reports/record.hpp"

namespace muster {

struct NamedRank {
  int rank = -1;
  std::string host;  ///< empty when the launcher does not say
  std::string what;  ///< "killed by signal 9 (Killed)"
};

/// The rank that mpirun, MPI_Abort or srun blames in its messages; of several the first.
std::optional<NamedRank> rank_named_by_launcher(const std::vector<std::string>& lines);

struct LaunchEnd {
  int status = 0;                          ///< as a shell shows it
  std::vector<std::optional<Beat>> beats;  ///< [rank]
  std::vector<std::string> last_lines;
};

/// Empty when the launcher ended well and every rank has said that it is done.
std::optional<Incident> explain_end(const LaunchEnd& end);

}  // namespace muster
