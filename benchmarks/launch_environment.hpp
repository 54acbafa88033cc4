// SPDX-License-Identifier: Apache-2.0
// What the environment says about launchers: which one to use, whether one has started this very process, and as
// which of how many ranks.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace muster {

enum class LauncherKind {
  mpirun,
  srun,
  threads,  ///< one plain child process whose threads are the ranks
};

std::string_view name_of(LauncherKind kind);
/// Throws Error listing the accepted words.
LauncherKind parse_launcher(std::string_view name);

using Environment = std::map<std::string, std::string>;

/// All variables of this process.
Environment current_environment();

enum class MpiSupport { built, absent };

struct LauncherChoice {
  LauncherKind kind = LauncherKind::threads;
  std::string reason;  ///< for people: "mpirun is on PATH"
};

/// srun inside a Slurm allocation, else mpirun, else threads. Without MPI the ranks of the first two would never meet.
LauncherChoice choose_launcher(const Environment& environment, MpiSupport mpi);

struct LauncherRanks {
  int ranks = 1;
  std::string variable;  ///< that says so: "OMPI_COMM_WORLD_SIZE"
};

/// How many ranks the launcher of this process says it started, to be compared with the communicator; empty when no
/// launcher is known to have started it.
std::optional<LauncherRanks> launcher_rank_count(const Environment& environment);
/// Which of them this process is: known before MPI is initialised.
std::optional<int> launcher_rank(const Environment& environment);

/// Why a launcher must not be started from here, because this process is itself a rank; empty when it may be. One line
/// with what to do.
std::string reason_not_to_launch(const Environment& environment);

}  // namespace muster
