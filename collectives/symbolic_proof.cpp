// SPDX-License-Identifier: Apache-2.0
// The proof of a symbolic schedule, axis by axis. That the phases add up is checked where they are read
// (SymbolicProgram); here each phase's lines are proven to be the collective that they claim to be, by the history of
// one part. docs/planner.md says why one part stands for all.
#include <algorithm>
#include <utility>

#include "collectives/problem.hpp"
#include "collectives/replay.hpp"
#include "collectives/symbolic.hpp"

namespace muster {
namespace {

using Fault = std::optional<std::string>;

/// all_to_all in shifts: a member sends straight to each other member once, what is for that member.
Fault fault_in_exchange(const std::vector<Line>& lines, int members) {
  std::vector<int> reached(static_cast<std::size_t>(members), 0);
  for (const Line& line : lines) {
    for (int round = 0; round < rounds_of(line); ++round) {
      for (const MemberTransfer& transfer : sends_of(line, {.members = members}, round, 0)) {
        if (transfer.parts.first != transfer.target || transfer.parts.count != 1) return "a part goes astray";
        ++reached[static_cast<std::size_t>(transfer.target)];
      }
    }
  }
  if (reached.front() != 0) return "a member sends to itself";
  if (std::ranges::any_of(reached.begin() + 1, reached.end(), [](int times) { return times != 1; })) {
    return "a member is not reached exactly once";
  }
  return std::nullopt;
}

/// Recursive doubling: what member x holds is what member 0 holds, each contribution moved by xor x, because every
/// member does the same but for that. So member 0 stands for all, and sums cost n steps instead of n^2.
Fault fault_in_doubling(const Line& line, int members) {
  std::vector<int> held{0};  // contributions at member 0
  std::vector<char> holds(static_cast<std::size_t>(members), 0);
  holds[0] = 1;
  for (int round = 0; round < rounds_of(line); ++round) {
    const int partner = sends_of(line, {.members = members}, round, 0).front().target;
    const std::size_t before = held.size();
    for (std::size_t i = 0; i < before; ++i) {
      const int contribution = held[i] ^ partner;
      if (std::exchange(holds.at(static_cast<std::size_t>(contribution)), 1) != 0)
        return "a contribution is added twice";
      held.push_back(contribution);
    }
  }
  if (held.size() != holds.size()) return "a contribution is missing";
  return std::nullopt;
}

/// The history of part 0 among the members of one axis.
Fault fault_in_replay(Collective collective, const std::vector<Line>& lines, const LineSetting& setting) {
  std::vector<Instant> instants;
  std::vector<ChunkMove> history;
  for (const Line& line : lines) {
    for (int round = 0; round < rounds_of(line); ++round) {
      const int instant = static_cast<int>(instants.size());
      instants.push_back({.channel = 0, .round = instant});
      for (const MemberTransfer& transfer : transfers_of_part_0(line, setting, round)) {
        history.push_back(
            {.source = transfer.source, .target = transfer.target, .instant = instant, .combine = line.combine});
      }
    }
  }
  const Problem problem{.collective = collective, .ranks = setting.members};
  ChunkReplay replay(problem, splits(lines) && collective == Collective::all_reduce ? setting.members : 1, instants);
  return replay.fault_in(0, history);
}

bool is_doubling_of_sums(const std::vector<Line>& lines) {
  return lines.size() == 1 && lines.front().form == Form::exchange && lines.front().parts == Parts::all;
}

}  // namespace

std::optional<std::string> fault_of(Collective collective, const std::vector<Line>& lines, const LineSetting& setting) {
  if (collective == Collective::all_to_all) return fault_in_exchange(lines, setting.members);
  if (is_doubling_of_sums(lines)) return fault_in_doubling(lines.front(), setting.members);
  if (setting.members > kMaxRanks) return "it is too long to replay: cut it in two";
  return fault_in_replay(collective, lines, setting);
}

std::optional<std::string> fault_of(const SymbolicProgram& program) {
  for (std::size_t i = 0; i < program.schedule().phases.size(); ++i) {
    const SymbolicPhase& phase = program.schedule().phases[i];
    const Axis& axis = program.schedule().axes[static_cast<std::size_t>(phase.axis)];
    const std::vector<Line>& lines = program.lines(static_cast<int>(i));
    if (lines.empty()) continue;  // one member has nothing to do
    const int twins = phase.movement == Movement::tree ? 2 : 1;
    for (int twin = 0; twin < twins; ++twin) {
      const LineSetting setting{.members = axis.extent, .twin = twin == 0 ? Twin::first : Twin::second};
      const Fault fault = fault_of(phase.collective, lines, setting);
      if (fault) return "phase " + std::to_string(i) + " along " + axis.name + ": " + *fault;
    }
  }
  return std::nullopt;
}

}  // namespace muster
