// SPDX-License-Identifier: Apache-2.0
// A collective of MPI as OSU and Intel count it, as our case: their size is that of one rank's or peer's share where
// ours is the whole. Used by osu.cpp and imb.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "reports/readers/readers.hpp"

namespace muster {

/// "Allreduce", "Reduce_scatter", "MPI_Bcast"; empty for those that we have no word for.
std::optional<Collective> mpi_collective_named(std::string_view name);

/// False where all shares together are more than a plan can hold (2^50 bytes): no tool printed that.
bool is_possible(std::uint64_t share, int ranks);

/// `share` is the size that the tool prints, in bytes.
Reading mpi_collective_reading(Collective collective, ElementType type, std::uint64_t share, int ranks, double seconds,
                               const std::string& place);

}  // namespace muster
