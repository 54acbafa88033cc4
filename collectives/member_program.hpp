// SPDX-License-Identifier: Apache-2.0
// How the members of one group run a collective among themselves, as a few lines of arithmetic instead of a list of
// transfers: the alphabet of symbolic schedules (symbolic.hpp). A new way to move is one case in member_program.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "collectives/generators/tree.hpp"
#include "collectives/schedule.hpp"
#include "core/collective.hpp"

namespace muster {

enum class Movement {
  direct,    ///< everybody to everybody in one round
  pairwise,  ///< everybody to everybody, one distance per round
  ring,      ///< to the next member only
  doubling,  ///< to the member that differs in one bit; members must be a power of two
  tree,      ///< up and down a binary tree; twins (tree.hpp) take turns by channel
};
std::string_view name_of(Movement movement);

/// (constant + per_step * step), added to a member's own number modulo the number of members.
struct Affine {
  int constant = 0;
  int per_step = 0;
};

enum class Form {
  shift,     ///< peer and part are the own number plus an Affine
  exchange,  ///< peer = own number xor 2^bit; bit counts up or down with the step
  climb,     ///< to the parent in the tree, when the children have sent
  descend,   ///< from the parent in the tree
};
enum class Parts { one, block_of_own, block_of_peer, all };  ///< a block has 2^bit parts and starts at a multiple of it
enum class Order { in_turn, together };                      ///< steps: one per round, or all in one
enum class BitOrder { lowest_first, highest_first };

struct Line {
  Form form = Form::shift;
  Order order = Order::in_turn;
  int steps = 0;
  Affine peer{};
  Affine part{};
  BitOrder bits = BitOrder::lowest_first;
  Parts parts = Parts::one;
  Combine combine = Combine::copy;
};

/// `collective` is all_reduce, reduce_scatter, all_gather or all_to_all. Part p belongs to member p; in all_to_all it
/// goes there. Empty when this movement cannot do it for so many members.
std::vector<Line> lines_of(Collective collective, Movement movement, int members);

int rounds_of(const Line& line);
int rounds_of(const std::vector<Line>& lines);

/// Whether parts are told apart: a tree or recursive doubling moves whole vectors.
bool splits(const std::vector<Line>& lines);

struct MemberTransfer {
  int source = 0;
  int target = 0;
  ChunkRange parts{};
};

/// A line among so many members, in the channels of one twin.
struct LineSetting {
  int members = 1;
  Twin twin = Twin::first;
};

/// What `member` sends or receives in a round of the line (0 .. rounds_of - 1).
std::vector<MemberTransfer> sends_of(const Line& line, const LineSetting& setting, int round, int member);
std::vector<MemberTransfer> receives_of(const Line& line, const LineSetting& setting, int round, int member);

/// All transfers of part 0 in a round: what a proof by representative replays.
std::vector<MemberTransfer> transfers_of_part_0(const Line& line, const LineSetting& setting, int round);

/// "for s in 0..62: send part node - s to node + 1 (mod 63)".
std::string text_of(const Line& line, const std::string& axis, int members);

}  // namespace muster
