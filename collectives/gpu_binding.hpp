// SPDX-License-Identifier: Apache-2.0
// Which GPU a rank works on. Whatever needs one asks here, so that all parts of a run use the same.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "collectives/team.hpp"
#include "core/gpu.hpp"
#include "core/unsupported.hpp"

namespace muster {

/// What the other ranks know about the GPU of one rank.
struct GpuSeat {
  std::string host{};
  std::string uuid{};
  std::string address{};  ///< PCI bus id: the parts of a GPU that MIG has cut share it
  int visible = 1;        ///< GPUs that the rank could have taken
};

struct GpuBinding {
  Gpu gpu{};
  std::vector<GpuSeat> seats{};     ///< [rank]
  std::vector<int> ranks_of_gpu{};  ///< that use this rank's GPU, itself included, ascending
};

/// Collective. Takes the GPU whose number is this rank's place on its host modulo the GPUs that it can see (the only
/// one, where the launcher shows each process its own) and makes it current for this thread. Unsupported, on all ranks
/// alike and naming the first rank concerned, when any of them has none that works.
std::variant<GpuBinding, Unsupported> bind_gpu(Team& team);

/// Ranks whose GPU (or MIG part) is that of `rank`, ascending.
std::vector<int> ranks_sharing(std::span<const GpuSeat> seats, int rank);

/// What to tell somebody whose library needs a GPU for each rank: the first two ranks that share one, and how many
/// ranks their host has GPUs for; nullopt when no two do. MIG parts of one GPU count as one.
std::optional<std::string> shared_gpu_complaint(std::span<const GpuSeat> seats);

/// Makes a GPU current for this thread; throws Error when it does not come up. gpu_binding_cuda.cpp or _absent.cpp.
void use_gpu(int ordinal);

}  // namespace muster
