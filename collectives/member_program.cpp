// SPDX-License-Identifier: Apache-2.0
#include "collectives/member_program.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <utility>

#include "core/error.hpp"

namespace muster {
namespace {

using enum Collective;

bool is_power_of_two(int value) { return std::has_single_bit(static_cast<unsigned>(value)); }
int bits_of(int members) { return std::bit_width(static_cast<unsigned>(members - 1)); }

int wrapped(long long value, int members) { return static_cast<int>((value % members + members) % members); }

int moved(int member, const Affine& by, int step, int members) {
  return wrapped(member + by.constant + static_cast<long long>(by.per_step) * step, members);
}

/// The member whose move by `by` ends at `member`.
int moved_back(int member, const Affine& by, int step, int members) {
  return wrapped(member - by.constant - static_cast<long long>(by.per_step) * step, members);
}

/// The steps that run in one round of the line.
std::pair<int, int> steps_in(const Line& line, int round) {
  return line.order == Order::together ? std::pair(0, line.steps) : std::pair(round, round + 1);
}

int bit_of(const Line& line, int step) {
  return 1 << (line.bits == BitOrder::lowest_first ? step : line.steps - 1 - step);
}

ChunkRange exchanged_parts(const Line& line, int bit, int source) {
  switch (line.parts) {
    case Parts::block_of_own:
      return {source & ~(bit - 1), bit};
    case Parts::block_of_peer:
      return {(source ^ bit) & ~(bit - 1), bit};
    case Parts::one:
    case Parts::all:
      break;
  }
  return {0, 1};
}

/// The child sends up in the round (or gets down in the round) that its height and side say; steps = height of the tree
/// on the way down, twice that on the way up, where a parent adds one child after the other.
int round_of_child(const Line& line, const TreePlace& child) {
  if (line.form == Form::descend) return line.steps - 1 - child.height;
  return 2 * child.height + (child.side == TreePlace::Side::upper ? 1 : 0);
}

/// The transfer over the link above `child`, if it happens in this round.
std::optional<MemberTransfer> over_tree_link(const Line& line, const LineSetting& setting, int round, int child) {
  if (child < 0) return std::nullopt;
  const TreePlace place = place_in({.ranks = setting.members, .root = 0, .twin = setting.twin}, child);
  if (place.parent < 0 || round_of_child(line, place) != round) return std::nullopt;
  if (line.form == Form::climb) return MemberTransfer{child, place.parent, {0, 1}};
  return MemberTransfer{place.parent, child, {0, 1}};
}

std::vector<MemberTransfer> tree_transfers(const Line& line, const LineSetting& setting, int round, int member) {
  const TreePlace place = place_in({.ranks = setting.members, .root = 0, .twin = setting.twin}, member);
  std::vector<MemberTransfer> transfers;
  for (const int child : {member, place.lower_child, place.upper_child}) {
    if (const auto transfer = over_tree_link(line, setting, round, child)) transfers.push_back(*transfer);
  }
  return transfers;
}

MemberTransfer transfer_from(const Line& line, const LineSetting& setting, int step, int source) {
  if (line.form == Form::exchange) {
    const int bit = bit_of(line, step);
    return {source, source ^ bit, exchanged_parts(line, bit, source)};
  }
  return {
      source, moved(source, line.peer, step, setting.members), {moved(source, line.part, step, setting.members), 1}};
}

/// Members that send part 0 in this step of a shift or an exchange: [first, first + count).
ChunkRange senders_of_part_0(const Line& line, const LineSetting& setting, int step) {
  if (line.form == Form::shift) return {moved_back(0, line.part, step, setting.members), 1};
  const int bit = bit_of(line, step);
  if (line.parts == Parts::block_of_own) return {0, bit};
  if (line.parts == Parts::block_of_peer) return {bit, bit};
  return {0, setting.members};
}

bool is_tree(const Line& line) { return line.form == Form::climb || line.form == Form::descend; }

std::vector<Line> shift_lines(Collective collective, Movement movement, int members) {
  Line line{.steps = members - 1};
  if (movement == Movement::direct) line.order = Order::together;
  line.combine = collective == reduce_scatter ? Combine::reduce : Combine::copy;
  if (movement == Movement::ring) {
    if (collective == all_to_all) return {};
    line.peer = {1, 0};
    line.part = {collective == reduce_scatter ? -1 : 0, -1};
    return {line};
  }
  line.peer = {1, 1};
  line.part = collective == all_gather ? Affine{0, 0} : Affine{1, 1};
  return {line};
}

std::vector<Line> doubling_lines(Collective collective, int members) {
  if (!is_power_of_two(members) || collective == all_to_all) return {};
  Line line{.form = Form::exchange, .steps = bits_of(members)};
  if (collective == all_gather) line.parts = Parts::block_of_own;
  if (collective == reduce_scatter) {
    line.parts = Parts::block_of_peer;
    line.bits = BitOrder::highest_first;
  }
  if (collective == all_reduce) line.parts = Parts::all;
  if (collective != all_gather) line.combine = Combine::reduce;
  return {line};
}

std::vector<Line> tree_lines(Collective collective, int members) {
  if (collective != all_reduce) return {};
  const int height = bits_of(members);
  return {{.form = Form::climb, .steps = 2 * height, .parts = Parts::all, .combine = Combine::reduce},
          {.form = Form::descend, .steps = height, .parts = Parts::all}};
}

/// "node + 1", "node - 1 - s", "node".
std::string text_of(const Affine& by, const std::string& axis) {
  std::string text = axis;
  if (by.constant != 0) text += (by.constant > 0 ? " + " : " - ") + std::to_string(std::abs(by.constant));
  if (by.per_step != 0) text += by.per_step > 0 ? " + s" : " - s";
  return text;
}

std::string text_of(Parts parts, const std::string& axis) {
  if (parts == Parts::block_of_own) return "the aligned block of 2^bit parts around " + axis;
  if (parts == Parts::block_of_peer) return "the aligned block of 2^bit parts around the peer";
  return "all";
}

}  // namespace

std::string_view name_of(Movement movement) {
  constexpr std::array<std::string_view, 5> kNames = {"direct", "pairwise", "ring", "doubling", "tree"};
  return kNames.at(static_cast<std::size_t>(movement));
}

std::vector<Line> lines_of(Collective collective, Movement movement, int members) {
  MUSTER_ASSERT(collective == all_reduce || collective == reduce_scatter || collective == all_gather ||
                collective == all_to_all);
  if (members < 2) return {};
  if (movement == Movement::tree) return tree_lines(collective, members);
  if (movement == Movement::doubling) return doubling_lines(collective, members);
  if (collective != all_reduce) return shift_lines(collective, movement, members);
  std::vector<Line> lines = shift_lines(reduce_scatter, movement, members);
  const std::vector<Line> gathering = shift_lines(all_gather, movement, members);
  lines.insert(lines.end(), gathering.begin(), gathering.end());
  return lines;
}

int rounds_of(const Line& line) { return line.order == Order::together ? std::min(1, line.steps) : line.steps; }

int rounds_of(const std::vector<Line>& lines) {
  int rounds = 0;
  for (const Line& line : lines) rounds += rounds_of(line);
  return rounds;
}

bool splits(const std::vector<Line>& lines) {
  return std::ranges::none_of(lines, [](const Line& line) { return line.parts == Parts::all; });
}

std::vector<MemberTransfer> sends_of(const Line& line, const LineSetting& setting, int round, int member) {
  std::vector<MemberTransfer> sends;
  if (is_tree(line)) {
    sends = tree_transfers(line, setting, round, member);
    std::erase_if(sends, [&](const MemberTransfer& transfer) { return transfer.source != member; });
    return sends;
  }
  const auto [first, end] = steps_in(line, round);
  for (int step = first; step < end; ++step) sends.push_back(transfer_from(line, setting, step, member));
  return sends;
}

std::vector<MemberTransfer> receives_of(const Line& line, const LineSetting& setting, int round, int member) {
  std::vector<MemberTransfer> receives;
  if (is_tree(line)) {
    receives = tree_transfers(line, setting, round, member);
    std::erase_if(receives, [&](const MemberTransfer& transfer) { return transfer.target != member; });
    return receives;
  }
  const auto [first, end] = steps_in(line, round);
  for (int step = first; step < end; ++step) {
    const int source = line.form == Form::exchange ? member ^ bit_of(line, step)
                                                   : moved_back(member, line.peer, step, setting.members);
    receives.push_back(transfer_from(line, setting, step, source));
  }
  return receives;
}

std::vector<MemberTransfer> transfers_of_part_0(const Line& line, const LineSetting& setting, int round) {
  std::vector<MemberTransfer> transfers;
  if (is_tree(line)) {
    for (int child = 0; child < setting.members; ++child) {
      if (const auto transfer = over_tree_link(line, setting, round, child)) transfers.push_back(*transfer);
    }
    return transfers;
  }
  const auto [first, end] = steps_in(line, round);
  for (int step = first; step < end; ++step) {
    const ChunkRange senders = senders_of_part_0(line, setting, step);
    for (int i = 0; i < senders.count; ++i) {
      transfers.push_back(transfer_from(line, setting, step, senders.first + i));
    }
  }
  return transfers;
}

std::string text_of(const Line& line, const std::string& axis, int members) {
  const std::string last = std::to_string(line.steps - 1);
  const std::string what = line.combine == Combine::reduce ? "add " : "copy ";
  const std::string steps = line.order == Order::together ? "at once for s in 0.." : "for s in 0..";
  if (line.form == Form::shift) {
    return steps + last + ": " + what + "part " + text_of(line.part, axis) + " to " + text_of(line.peer, axis) +
           " (mod " + std::to_string(members) + ")";
  }
  if (line.form == Form::exchange) {
    return steps + last + ", bit = " + (line.bits == BitOrder::lowest_first ? "s" : last + " - s") + ": " + what +
           text_of(line.parts, axis) + " to " + axis + " xor 2^bit";
  }
  if (line.form == Form::climb) {
    return "for s in 0.." + last + ": " + what +
           "all to the parent, at s = 2 height + (1 if the upper child); tree twin = channel mod 2";
  }
  return "for s in 0.." + last + ": " + what + "all from the parent, at s = " + last + " - height";
}

}  // namespace muster
