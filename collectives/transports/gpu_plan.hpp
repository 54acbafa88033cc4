// SPDX-License-Identifier: Apache-2.0
// One operation of all ranks of a process as one graph of copies and sums, for the transport `cuda`. Made from the
// ranks' programs without any CUDA: addresses are only compared, so a test can carry it out on host memory. An edge
// stands wherever two nodes touch the same bytes and one of them writes, and nowhere else.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "collectives/program.hpp"
#include "collectives/transports/transport.hpp"
#include "core/units.hpp"

namespace muster {

/// What the plan needs to know of a rank. `program` and what the spans view must outlive the planning only.
struct GpuRank {
  const Program* program = nullptr;
  RankMemory memory{};
  std::span<std::byte> staging{};  ///< staging_bytes() of it
  std::vector<int> unreadable{};   ///< ranks whose memory this rank's GPU cannot read, ascending
};

/// Copy: to = from. Reduce: to = own + from. The target's GPU does it: it pulls.
struct GpuNode {
  int rank = 0;  ///< whose GPU
  Combine combine = Combine::copy;
  std::byte* to = nullptr;
  const std::byte* own = nullptr;  ///< reduce only
  const std::byte* from = nullptr;
  std::uint64_t bytes = 0;
  std::vector<int> after{};  ///< indices of nodes that must have ended before, ascending, all smaller than its own
};

/// In an order in which the nodes could run one by one. The operation has ended when all of them have.
using GpuPlan = std::vector<GpuNode>;

/// Terms of sums that `program` must copy to its own GPU before it can add them, because they lie where it cannot read;
/// channels that share scratch share this too.
std::uint64_t staging_bytes(const Program& program, std::span<const int> unreadable);

/// ranks: [rank]. Every order of the nodes that respects `after` gives the result of the programs, bit for bit: sums
/// into one place keep their order.
GpuPlan plan_gpu(std::span<const GpuRank> ranks);

/// Bytes read plus written by one operation, over all ranks: 2 for each byte copied, 3 for each byte added. With all
/// ranks on one GPU, this over its memory's rate is the least time the schedule can take. For n ranks and the size S of
/// the largest buffer of a rank (problem.hpp), out of place: all_reduce by ring 5 (n-1) S; all_gather 2 n S;
/// reduce_scatter by ring 3 (n-1) S; all_to_all 2 n S; broadcast 2 n S; reduce by ring 3 (n-1) S; send_recv 2 n S. In
/// place, all_gather and broadcast save the 2 S of own copies (of all ranks, of the root).
Bytes memory_traffic(const GpuPlan& plan);

}  // namespace muster
