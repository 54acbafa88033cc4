// SPDX-License-Identifier: Apache-2.0
#include "collectives/symbolic.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "collectives/generators/slice.hpp"
#include "core/error.hpp"

namespace muster {
namespace {

using enum Collective;

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

Error wrong_plan(const std::string& what) {
  return Error("this plan makes no collective: " + what + "; give each axis its phases in order");
}

/// How far the collective has come along one axis.
struct Progress {
  bool summed = false;     ///< along this axis
  bool owned = false;      ///< only the own part is held
  bool exchanged = false;  ///< all_to_all
};

Progress start_of(Collective collective) {
  return {.summed = collective == all_gather, .owned = collective == all_gather};
}

void advance(Progress& axis, const SymbolicPhase& phase, const std::string& name) {
  if (phase.collective == all_to_all) {
    if (axis.exchanged) throw wrong_plan(name + " exchanges twice");
    axis.exchanged = true;
    return;
  }
  const bool gathers = phase.collective == all_gather;
  if (gathers && !axis.owned) throw wrong_plan(name + " gathers what it already has");
  if (!gathers && axis.summed) throw wrong_plan(name + " sums twice");
  axis.summed = true;
  axis.owned = phase.collective == reduce_scatter;
}

bool is_done(Collective collective, const Progress& axis) {
  if (collective == all_to_all) return axis.exchanged;
  return axis.summed && axis.owned == (collective == reduce_scatter);
}

Algorithm algorithm_of(const SymbolicSchedule& schedule) {
  if (schedule.axes.size() > 1) return Algorithm::hierarchical;
  switch (schedule.phases.empty() ? Movement::ring : schedule.phases.front().movement) {
    case Movement::ring:
      return Algorithm::ring;
    case Movement::doubling:
      return Algorithm::halving_doubling;
    case Movement::tree:
      return Algorithm::tree;
    case Movement::direct:
    case Movement::pairwise:
      break;
  }
  return Algorithm::pairwise;
}

/// The product of ranges, innermost axis first, as chunk ids.
ChunkSet product_of(const std::vector<ChunkRange>& ranges, const std::vector<int>& extents) {
  ChunkSet chunks = {{0, 1}};
  int stride = 1;
  for (std::size_t axis = 0; axis < ranges.size(); ++axis) {
    ChunkSet wider;
    for (int i = 0; i < ranges[axis].count; ++i) {
      for (const ChunkRange& inner : chunks) {
        wider.push_back({inner.first + stride * (ranges[axis].first + i), inner.count});
      }
    }
    chunks = merged(std::move(wider));
    stride *= extents[axis];
  }
  return chunks;
}

}  // namespace

SymbolicProgram::SymbolicProgram(SymbolicSchedule schedule) : schedule_(std::move(schedule)) {
  long long ranks = 1;
  for (const Axis& axis : schedule_.axes) {
    if (axis.extent < 1) throw wrong_plan("axis " + axis.name + " is empty");
    stride_.push_back(static_cast<int>(ranks));
    ranks *= axis.extent;
    if (ranks > std::numeric_limits<int>::max()) throw wrong_plan("it has more than 2^31 ranks");
  }
  ranks_ = static_cast<int>(ranks);
  for (const SymbolicPhase& phase : schedule_.phases) {
    if (phase.axis < 0 || at(phase.axis) >= schedule_.axes.size()) throw wrong_plan("a phase has no axis");
    const Axis& axis = schedule_.axes[at(phase.axis)];
    lines_.push_back(lines_of(phase.collective, phase.movement, axis.extent));
    if (lines_.back().empty() && axis.extent > 1) {
      throw Error("no " + std::string(name_of(phase.movement)) + " " + std::string(name_of(phase.collective)) +
                  " for " + std::to_string(axis.extent) + " members of " + axis.name + ": use ring");
    }
    first_round_.push_back(rounds_);
    rounds_ += rounds_of(lines_.back());
    if (phase.movement == Movement::tree) twins_ = 2;
  }
  follow_phases();
}

void SymbolicProgram::follow_phases() {
  std::vector<Progress> axes(schedule_.axes.size(), start_of(schedule_.collective));
  const bool is_exchange = schedule_.collective == all_to_all;
  const bool in_blocks = schedule_.collective != all_reduce;
  for (const Axis& axis : schedule_.axes) parts_.push_back(in_blocks ? axis.extent : 1);
  for (std::size_t i = 0; i < schedule_.phases.size(); ++i) {
    const SymbolicPhase& phase = schedule_.phases[i];
    if ((phase.collective == all_to_all) != is_exchange) throw wrong_plan("it mixes exchange and sum");
    std::vector<char>& owned = owned_.emplace_back();
    for (const Progress& axis : axes) owned.push_back(axis.owned || axis.exchanged ? 1 : 0);
    advance(axes[at(phase.axis)], phase, schedule_.axes[at(phase.axis)].name);
    if (splits(lines_[i])) parts_[at(phase.axis)] = schedule_.axes[at(phase.axis)].extent;
  }
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    if (schedule_.axes[axis].extent == 1 || is_done(schedule_.collective, axes[axis])) continue;
    throw wrong_plan(schedule_.axes[axis].name + " is left undone");
  }
}

int SymbolicProgram::coordinate(int rank, int axis) const {
  return rank / stride_[at(axis)] % schedule_.axes[at(axis)].extent;
}

int SymbolicProgram::rank_at(int rank, int axis, int coordinate) const {
  return rank + (coordinate - this->coordinate(rank, axis)) * stride_[at(axis)];
}

SymbolicProgram::Place SymbolicProgram::place_of(int round) const {
  MUSTER_ASSERT(round >= 0 && round < rounds_);
  const auto after = std::ranges::upper_bound(first_round_, round);
  Place place{.phase = static_cast<int>(after - first_round_.begin()) - 1};
  place.round = round - first_round_[at(place.phase)];
  for (const Line& line : lines(place.phase)) {
    if (place.round < rounds_of(line)) break;
    place.round -= rounds_of(line);
    ++place.line;
  }
  return place;
}

std::vector<ChunkRange> SymbolicProgram::chunks_of(const Place& place, const MemberTransfer& transfer) const {
  const std::vector<char>& owned = owned_[at(place.phase)];
  const int active = schedule_.phases[at(place.phase)].axis;
  const int axes = static_cast<int>(schedule_.axes.size());
  const bool is_exchange = schedule_.collective == all_to_all;
  std::vector<ChunkRange> origins;
  std::vector<ChunkRange> parts;
  for (int axis = 0; axis < axes; ++axis) {
    const ChunkRange all{0, parts_[at(axis)]};
    const ChunkRange own{coordinate(transfer.source, axis), 1};
    parts.push_back(owned[at(axis)] != 0 && all.count > 1 ? own : all);
    origins.push_back(owned[at(axis)] != 0 ? all : own);
    if (axis != active) continue;
    parts.back() = transfer.parts;
    origins.back() = own;
  }
  if (!is_exchange) return parts;
  parts.insert(parts.begin(), origins.begin(), origins.end());
  return parts;
}

SymbolicTransfer SymbolicProgram::widened(const Place& place, const MemberTransfer& transfer, int rank) const {
  const int axis = schedule_.phases[at(place.phase)].axis;
  const Line& line = lines(place.phase)[at(place.line)];
  SymbolicTransfer wide{.source = rank_at(rank, axis, transfer.source),
                        .target = rank_at(rank, axis, transfer.target),
                        .chunks = {},
                        .combine = line.combine};
  MemberTransfer between_ranks{.source = wide.source, .target = wide.target, .parts = transfer.parts};
  wide.chunks = chunks_of(place, between_ranks);
  WideInt moved = 1;
  for (const ChunkRange& range : wide.chunks) moved *= range.count;
  WideInt whole = twins_;
  for (const int parts : parts_) whole *= parts;
  wide.share = Rational::of(moved, whole);
  return wide;
}

std::vector<SymbolicTransfer> SymbolicProgram::sends_of(int rank, int round, Twin twin) const {
  const Place place = place_of(round);
  const int axis = schedule_.phases[at(place.phase)].axis;
  const LineSetting setting{.members = schedule_.axes[at(axis)].extent, .twin = twin};
  std::vector<SymbolicTransfer> sends;
  for (const MemberTransfer& transfer :
       muster::sends_of(lines(place.phase)[at(place.line)], setting, place.round, coordinate(rank, axis))) {
    sends.push_back(widened(place, transfer, rank));
  }
  return sends;
}

std::vector<SymbolicTransfer> SymbolicProgram::receives_of(int rank, int round, Twin twin) const {
  const Place place = place_of(round);
  const int axis = schedule_.phases[at(place.phase)].axis;
  const LineSetting setting{.members = schedule_.axes[at(axis)].extent, .twin = twin};
  std::vector<SymbolicTransfer> receives;
  for (const MemberTransfer& transfer :
       muster::receives_of(lines(place.phase)[at(place.line)], setting, place.round, coordinate(rank, axis))) {
    receives.push_back(widened(place, transfer, rank));
  }
  return receives;
}

Schedule SymbolicProgram::expand() const {
  const ScheduleRequest request{.collective = schedule_.collective,
                                .algorithm = algorithm_of(schedule_),
                                .ranks = ranks_,
                                .channels = schedule_.channels * twins_};
  std::vector<int> extents = parts_;
  int pieces = 1;
  for (const int parts : parts_) pieces *= parts;
  if (schedule_.collective != all_reduce) pieces = 1;
  if (schedule_.collective == all_to_all) extents.insert(extents.end(), parts_.begin(), parts_.end());
  std::vector<Slice> slices;
  for (const Twin twin : {Twin::first, Twin::second}) {
    Slice& slice = slices.emplace_back(request, pieces);
    for (int round = 0; round < rounds_; ++round) {
      for (int rank = 0; rank < ranks_; ++rank) {
        for (const SymbolicTransfer& transfer : sends_of(rank, round, twin)) {
          std::vector<ChunkRange> ranges = transfer.chunks;
          // A block of all_to_all is source * ranks + target: the targets run fastest.
          if (schedule_.collective == all_to_all) {
            std::rotate(ranges.begin(), ranges.begin() + static_cast<std::ptrdiff_t>(parts_.size()), ranges.end());
          }
          slice.send(round, {.source = transfer.source,
                             .target = transfer.target,
                             .chunks = product_of(ranges, extents),
                             .combine = transfer.combine});
        }
      }
    }
    if (twins_ == 1) return in_channels(slice);
  }
  return in_channels(slices.front(), slices.back());
}

std::string SymbolicProgram::text() const {
  std::string text = std::string(name_of(schedule_.collective)) + " of " + std::to_string(ranks_) + " ranks:";
  for (std::size_t axis = 0; axis < schedule_.axes.size(); ++axis) {
    text += (axis == 0 ? " " : " x ") + schedule_.axes[axis].name + " " + std::to_string(schedule_.axes[axis].extent);
  }
  text += ", " + std::to_string(schedule_.channels * twins_) + " channels, " + std::to_string(rounds_) + " rounds\n";
  for (std::size_t i = 0; i < schedule_.phases.size(); ++i) {
    const SymbolicPhase& phase = schedule_.phases[i];
    const Axis& along = schedule_.axes[at(phase.axis)];
    if (lines_[i].empty()) continue;
    text += std::string(name_of(phase.collective)) + " along " + along.name + " (" +
            std::string(name_of(phase.movement)) + ")";
    for (std::size_t axis = 0; axis < schedule_.axes.size(); ++axis) {
      if (at(phase.axis) == axis || schedule_.axes[axis].extent == 1) continue;
      const bool owned = owned_[i][axis] != 0;
      const std::string held = schedule_.collective == all_to_all ? (owned ? ", for its own " : ", from its own ")
                                                                  : (owned ? ", of its own " : ", of every ");
      text += held + schedule_.axes[axis].name;
    }
    text += "\n";
    for (const Line& line : lines_[i]) text += "  " + text_of(line, along.name, along.extent) + "\n";
  }
  return text;
}

}  // namespace muster
