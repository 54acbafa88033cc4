// SPDX-License-Identifier: Apache-2.0
// A schedule for any number of ranks in a few lines: ranks are points on named axes, each phase moves data along one
// axis by arithmetic (member_program.hpp). Answers what a Schedule answers without being written out; docs/planner.md
// says what is proven about it and why that suffices.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "collectives/member_program.hpp"
#include "collectives/schedule.hpp"
#include "core/rational.hpp"

namespace muster {

struct Axis {
  std::string name;  ///< "gpu", "node", "pod"
  int extent = 1;
};

/// Ranks that agree in all other coordinates run `collective` along the axis, each group for itself.
struct SymbolicPhase {
  int axis = 0;
  Collective collective = Collective::all_gather;  ///< all_reduce, reduce_scatter, all_gather or all_to_all
  Movement movement = Movement::ring;
};

struct SymbolicSchedule {
  Collective collective = Collective::all_reduce;  ///< one of the same four
  std::vector<Axis> axes{};             ///< innermost first: rank = coordinate 0 + extent 0 * (coordinate 1 + ...)
  std::vector<SymbolicPhase> phases{};  ///< one after the other
  int channels = 1;  ///< slices of the data that run side by side, twice as many where there are twin trees
};

/// Of one rank in one round. Chunks are the product of one range per axis; all_to_all has two: where chunks come from,
/// then where they go.
struct SymbolicTransfer {
  int source = 0;
  int target = 0;
  std::vector<ChunkRange> chunks;  ///< [axis], in chunks of one channel
  Rational share{0};               ///< of the size, in all channels of this twin together
  Combine combine = Combine::copy;
};

class SymbolicProgram {
 public:
  /// Throws Error when there is no program: phases that do not add up to the collective, a movement that does not fit
  /// its axis, more than 2^31 ranks.
  explicit SymbolicProgram(SymbolicSchedule schedule);

  const SymbolicSchedule& schedule() const { return schedule_; }
  int ranks() const { return ranks_; }
  int rounds() const { return rounds_; }
  int twins() const { return twins_; }  ///< 2 where trees take turns by channel, else 1
  int coordinate(int rank, int axis) const;

  /// A round belongs to one line of one phase.
  struct Place {
    int phase = 0;
    int line = 0;
    int round = 0;  ///< of the line
  };
  Place place_of(int round) const;
  const std::vector<Line>& lines(int phase) const { return lines_[static_cast<std::size_t>(phase)]; }

  std::vector<SymbolicTransfer> sends_of(int rank, int round, Twin twin) const;
  std::vector<SymbolicTransfer> receives_of(int rank, int round, Twin twin) const;

  /// A dozen lines for any number of ranks.
  std::string text() const;

  /// Written out. Throws ScheduleTooLarge (generators.hpp) beyond its bounds.
  Schedule expand() const;

 private:
  SymbolicTransfer widened(const Place& place, const MemberTransfer& transfer, int rank) const;
  int rank_at(int rank, int axis, int coordinate) const;
  std::vector<ChunkRange> chunks_of(const Place& place, const MemberTransfer& transfer) const;
  void follow_phases();

  SymbolicSchedule schedule_;
  int ranks_ = 1;
  int rounds_ = 0;
  int twins_ = 1;
  std::vector<int> stride_;               // [axis]
  std::vector<int> parts_;                // [axis]: parts that its phases tell apart
  std::vector<std::vector<Line>> lines_;  // [phase]
  std::vector<int> first_round_;          // [phase]
  /// [phase][axis]: whether a rank holds its own part of the axis only (or, in all_to_all, has exchanged along it).
  std::vector<std::vector<char>> owned_;
};

/// Proves that `lines` are the collective among so many members, by the history of one part. nullopt = proven.
std::optional<std::string> fault_of(Collective collective, const std::vector<Line>& lines, const LineSetting& setting);

/// Proves it for any number of ranks: phases add up by construction, each axis by replaying one representative part.
/// nullopt = proven; else one line. Extents up to kMaxRanks (problem.hpp); memory n^2 / 8 bytes for the longest axis.
std::optional<std::string> fault_of(const SymbolicProgram& program);

}  // namespace muster
