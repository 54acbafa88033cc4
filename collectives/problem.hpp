// SPDX-License-Identifier: Apache-2.0
// What a collective must do, before any algorithm: who contributes which block, who needs it, where it lies in whose
// buffer. Schedules, proofs, transports and checks all read the same layout.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/collective.hpp"
#include "core/element_type.hpp"
#include "core/units.hpp"

namespace muster {

/// Elements that rank s sends to rank d, at [s * ranks + d]. Shape: ranks x ranks.
using TrafficMatrix = std::vector<std::uint64_t>;

/// `count` is per block, as NCCL counts: the whole vector for all_reduce, broadcast, reduce and send_recv; one rank's
/// share for all_gather, reduce_scatter, gather and scatter; what one rank sends to one other for all_to_all; unused
/// for all_to_allv.
struct Problem {
  Collective collective = Collective::all_reduce;
  int ranks = 1;
  std::uint64_t count = 0;
  ElementType type = ElementType::float32;
  int root = 0;
  Placement placement = Placement::out_of_place;
  TrafficMatrix traffic = {};
  /// For libraries' own collectives; our schedules combine as the transport was told to.
  ReduceOperation operation = ReduceOperation::sum;
};

/// The size that nccl-tests reports: the larger of the total send and receive buffer of a rank; for all_to_allv of the
/// rank where that is largest. Throws Error when it does not fit in 64 bits.
Bytes size_of(const Problem& problem);

/// Largest count whose size does not exceed `size`: how a size of the sweep becomes a problem. all_to_allv gets the
/// even matrix; other traffic is put into its place afterwards (traffic.hpp).
Problem problem_of_size(Collective collective, int ranks, Bytes size, ElementType type);

/// A half-open range of elements inside a rank's input or output buffer.
struct ElementRange {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

/// More ranks than this are refused: ranks x ranks blocks must stay countable with an int.
inline constexpr int kMaxRanks = 32768;

/// Blocks: 1 for all_reduce, broadcast, reduce; n for all_gather, reduce_scatter, gather and scatter (block b belongs
/// to rank b) and for send_recv (block b goes from rank b to rank (b+1) mod n); n*n for all_to_all(v) (block s*n+d goes
/// from s to d). Throws Error unless 1 <= ranks <= kMaxRanks.
int block_count(Collective collective, int ranks);

/// Ranks [first, first + count).
struct RankRange {
  int first = 0;
  int count = 0;
  bool contains(int rank) const { return rank >= first && rank - first < count; }
};

/// The ranks with an own contribution to / in need of the result of `block`: one rank or all of them.
RankRange contributors(const Problem& problem, int block);
RankRange receivers(const Problem& problem, int block);

/// Does `rank` have an own contribution to / need the result of `block`?
bool contributes(const Problem& problem, int rank, int block);
bool needs(const Problem& problem, int rank, int block);

/// Where the block lies in the input of a contributing / the output of a needing rank.
ElementRange input_range(const Problem& problem, int rank, int block);
ElementRange output_range(const Problem& problem, int rank, int block);

/// Elements of a rank's whole input and output buffer; 0 where it has none (input of all but the root in broadcast and
/// scatter, output of all but the root in reduce and gather).
std::uint64_t input_count(const Problem& problem, int rank);
std::uint64_t output_count(const Problem& problem, int rank);

/// In place, as NCCL defines it: the input of a rank starts at this element of its output buffer (all_gather, the root
/// of gather: its own block), or the output at this element of the input (reduce_scatter, the root of scatter). nullopt
/// where in place does not exist (all_to_all, all_to_allv, send_recv).
struct InPlace {
  std::uint64_t input_offset = 0;   ///< input starts here, in elements from the begin of the shared buffer
  std::uint64_t output_offset = 0;  ///< output starts here
};
std::optional<InPlace> in_place_offsets(const Problem& problem, int rank);

/// Part `piece` of `pieces` of a range: boundaries at multiples of 64 bytes from its begin when the range is large
/// enough, so that no cache line is shared; the parts cover the range exactly and differ by at most one line (or one
/// element). Where they lie depends on range.count alone: a chunk has the same size on every rank.
ElementRange piece_of(ElementRange range, int piece, int pieces, ElementType type);

}  // namespace muster
