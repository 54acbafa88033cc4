// SPDX-License-Identifier: Apache-2.0
// How `muster run` ends, as an exit code: what the launch that watches it must be able to tell apart.
#pragma once

#include <string>

namespace muster {

/// 2 is that of every subcommand (design, invariant 10); 10 and 11 lie outside of the verdicts' range.
inline constexpr int kExitOk = 0;
inline constexpr int kExitEnvironment = 2;   ///< usage, a file, a library, the machine
inline constexpr int kExitPlansDiffer = 10;  ///< the ranks hold different plans; stderr names them
inline constexpr int kExitRanksDiffer = 11;  ///< the communicator has another size than the launcher says

/// What shells, mpirun and srun add to the number of the signal that killed a process.
inline constexpr int kExitSignalBase = 128;

/// One line on an exit status as a shell shows it: "killed by signal 9 (Killed)".
std::string describe_exit(int status);

}  // namespace muster
