// SPDX-License-Identifier: Apache-2.0
#include "topology/packing/tree_growth.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "core/error.hpp"

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// Links that are tried for one that spares the whole weight, before the best of them is taken and the tree is split.
constexpr int kTries = 16;

/// `weight` equal trees that reach `members` so far, in the order in which they joined.
struct Bud {
  std::int64_t weight = 0;
  std::vector<int> members;
  std::vector<TreeHop> hops{};
};

/// What waits while one tree grows: a source feeds every bud, a bud feeds its members. What the source can bring to a
/// rank beyond the buds' own weights is what the links there can spare. All arcs are turned around, because the search
/// for ways is short from the one rank and long from the source of all.
class Reserve {
 public:
  /// Growing one tree of all ranks may leave as many buds behind as it has hops.
  Reserve(const std::vector<RankLink>& links, const std::vector<Bud>& waiting, int ranks)
      : source_(ranks),
        next_node_(ranks + 1),
        flow_(2 * ranks + 1 + static_cast<int>(waiting.size())),
        fed_(at(ranks), 0) {
    for (const RankLink& link : links) flow_.add_arc(link.target, link.source, link.capacity);
    first_feed_ = static_cast<int>(links.size());
    for (int rank = 0; rank < ranks; ++rank) flow_.add_arc(rank, source_, 0);
    for (const Bud& bud : waiting) add(bud);
  }

  void add(const Bud& bud) {
    weight_ += bud.weight;
    if (bud.members.size() == 1) {
      WideInt& fed = fed_[at(bud.members.front())];
      fed += bud.weight;
      flow_.set_capacity(first_feed_ + bud.members.front(), fed);
      return;
    }
    const int node = next_node_++;
    flow_.add_arc(node, source_, bud.weight);
    for (const int member : bud.members) flow_.add_arc(member, node, bud.weight);
  }

  void set_capacity(int link, std::int64_t capacity) { flow_.set_capacity(link, capacity); }

  /// How much of a link the waiting trees can do without, at most `most`.
  std::int64_t spare(const RankLink& link, std::int64_t most) {
    flow_.set_capacity(first_feed_ + link.source, MaxFlow::kEnough);
    const WideInt reached = flow_.run(link.target, source_, weight_ + most);
    flow_.set_capacity(first_feed_ + link.source, fed_[at(link.source)]);
    return static_cast<std::int64_t>(reached - weight_);
  }

 private:
  int source_;
  int next_node_;
  MaxFlow flow_;
  std::vector<WideInt> fed_;  // [rank] weight of buds that have not left their root
  int first_feed_ = 0;
  WideInt weight_ = 0;
};

/// A link, and how much of it a tree may take.
struct Choice {
  int link = -1;
  std::int64_t weight = 0;
};

class TreeGrowth {
 public:
  TreeGrowth(std::vector<RankLink> links, const std::vector<std::int64_t>& parts)
      : links_(std::move(links)), ranks_(static_cast<int>(parts.size())), out_(parts.size()) {
    for (int link = 0; link < static_cast<int>(links_.size()); ++link)
      out_[at(links_[at(link)].source)].push_back(link);
    for (int rank = ranks_ - 1; rank >= 0; --rank)
      if (parts[at(rank)] > 0) waiting_.push_back({.weight = parts[at(rank)], .members = {rank}});
  }

  std::vector<PackedTree> all() {
    std::vector<PackedTree> trees;
    while (!waiting_.empty()) {
      Bud bud = std::move(waiting_.back());
      waiting_.pop_back();
      grow(bud);
      trees.push_back({.root = bud.members.front(), .weight = bud.weight, .hops = std::move(bud.hops)});
    }
    return trees;
  }

 private:
  void grow(Bud& bud);
  Choice best_choice(const Bud& bud, Reserve& reserve);
  int next_link(const Bud& bud) const;
  void extend(Bud& bud, const Choice& choice, Reserve& reserve);

  std::vector<RankLink> links_;
  int ranks_;
  std::vector<std::vector<int>> out_;  // [rank] links
  std::vector<Bud> waiting_;
  std::vector<char> is_member_;     // [rank] of the growing tree
  std::vector<std::int64_t> most_;  // [link] that the growing tree may take; never rises while it grows
  std::vector<int> tried_at_;       // [link] members that the tree had
  std::vector<int> depth_;          // [rank]
  std::vector<int> children_;       // [rank]
};

/// The next to try: one that may carry the whole weight if there is one, from a rank that is near the root and has few
/// children.
int TreeGrowth::next_link(const Bud& bud) const {
  int best = -1;
  std::tuple<std::int64_t, int, int> least{};
  for (const int member : bud.members) {
    for (const int link : out_[at(member)]) {
      if (is_member_[at(links_[at(link)].target)] != 0 || tried_at_[at(link)] == static_cast<int>(bud.members.size()))
        continue;
      const std::int64_t most = std::min({most_[at(link)], links_[at(link)].capacity, bud.weight});
      const std::tuple rank{-most, depth_[at(member)], children_[at(member)]};
      if (most == 0 || (best >= 0 && rank >= least)) continue;
      best = link;
      least = rank;
    }
  }
  return best;
}

Choice TreeGrowth::best_choice(const Bud& bud, Reserve& reserve) {
  Choice best;
  for (int tries = 0; best.weight < bud.weight && (tries < kTries || best.weight == 0); ++tries) {
    const int link = next_link(bud);
    if (link < 0) break;
    const std::int64_t most = std::min({most_[at(link)], links_[at(link)].capacity, bud.weight});
    if (most <= best.weight) break;
    most_[at(link)] = std::max<std::int64_t>(0, reserve.spare(links_[at(link)], most));
    tried_at_[at(link)] = static_cast<int>(bud.members.size());
    if (most_[at(link)] > best.weight) best = {link, most_[at(link)]};
  }
  MUSTER_ASSERT(best.weight > 0);
  return best;
}

void TreeGrowth::extend(Bud& bud, const Choice& choice, Reserve& reserve) {
  if (choice.weight < bud.weight) {
    waiting_.push_back(bud);
    waiting_.back().weight -= choice.weight;
    reserve.add(waiting_.back());
    bud.weight = choice.weight;
  }
  RankLink& link = links_[at(choice.link)];
  link.capacity -= choice.weight;
  reserve.set_capacity(choice.link, link.capacity);
  bud.members.push_back(link.target);
  bud.hops.push_back({link.source, link.target});
  is_member_[at(link.target)] = 1;
  depth_[at(link.target)] = depth_[at(link.source)] + 1;
  ++children_[at(link.source)];
}

void TreeGrowth::grow(Bud& bud) {
  Reserve reserve(links_, waiting_, ranks_);
  is_member_.assign(at(ranks_), 0);
  most_.assign(links_.size(), bud.weight);
  tried_at_.assign(links_.size(), 0);
  depth_.assign(at(ranks_), 0);
  children_.assign(at(ranks_), 0);
  for (const int member : bud.members) is_member_[at(member)] = 1;
  for (const TreeHop& hop : bud.hops) {
    depth_[at(hop.target)] = depth_[at(hop.source)] + 1;
    ++children_[at(hop.source)];
  }
  while (static_cast<int>(bud.members.size()) < ranks_) extend(bud, best_choice(bud, reserve), reserve);
}

}  // namespace

std::vector<PackedTree> grown_trees(const std::vector<RankLink>& links, const std::vector<std::int64_t>& parts) {
  return TreeGrowth(links, parts).all();
}

}  // namespace muster
