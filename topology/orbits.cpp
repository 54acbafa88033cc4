// SPDX-License-Identifier: Apache-2.0
#include "topology/orbits.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <tuple>
#include <utility>

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// Arcs looked at, as a multiple of the graph's size: a fabric of 131,072 GPUs needs about 10.
constexpr std::int64_t kSwapWork = 64;
/// Arcs looked at in the search for whole isomorphisms, each try of which costs some passes over the graph.
constexpr std::int64_t kIsomorphismWork = 4'000'000;
/// Representatives of one colour that a node is compared with before it stays alone.
constexpr std::size_t kMostRepresentatives = 8;

/// Images of nodes, undone in the time of what was done.
class ImageMap {
 public:
  explicit ImageMap(int nodes) : image_(at(nodes)) { std::iota(image_.begin(), image_.end(), 0); }
  int operator[](int node) const { return image_[at(node)]; }
  bool moves(int node) const { return image_[at(node)] != node; }
  void set(int node, int image) {
    image_[at(node)] = image;
    moved_.push_back({node, image});
  }
  const Permutation& moved() const { return moved_; }
  void clear() {
    for (const NodeImage& move : moved_) image_[at(move.node)] = move.node;
    moved_.clear();
  }

 private:
  std::vector<int> image_;
  Permutation moved_;
};

const Neighbour* find_step(std::span<const Neighbour> steps, int node) {
  const auto found = std::ranges::lower_bound(steps, node, {}, &Neighbour::node);
  return found != steps.end() && found->node == node ? &*found : nullptr;
}

class OrbitSearch {
 public:
  explicit OrbitSearch(const OrbitRequest& request)
      : graph_(request.graph),
        adjacency_(request.adjacency),
        cells_(request.cells),
        image_(request.graph.nodes),
        is_rank_(at(request.graph.nodes), 0),
        parent_(at(request.graph.nodes)) {
    for (const int rank : graph_.ranks) is_rank_[at(rank)] = 1;
    std::iota(parent_.begin(), parent_.end(), 0);
    swap_work_ = kSwapWork * (graph_.nodes + static_cast<std::int64_t>(graph_.arcs.size()));
  }

  Orbits run(const std::vector<Permutation>& candidates) {
    for (const Permutation& candidate : candidates) try_candidate(candidate);
    for (int cell = 0; cell < cells_.cells(); ++cell) join_cell(cell, &OrbitSearch::try_swap);
    for (int cell = 0; cell < cells_.cells(); ++cell) join_cell(cell, &OrbitSearch::try_isomorphism);
    return result();
  }

 private:
  using Try = bool (OrbitSearch::*)(int one, int other);

  void try_candidate(const Permutation& candidate) {
    if (swap_work_ > 0 && verify(candidate)) accept();
  }

  bool verify(const Permutation& moves) {
    image_.clear();
    for (const NodeImage& move : moves) {
      const bool in_range = std::min(move.node, move.image) >= 0 && std::max(move.node, move.image) < graph_.nodes;
      if (!in_range || image_.moves(move.node)) return false;
      if (move.node != move.image) image_.set(move.node, move.image);
    }
    return is_permutation() && holds();
  }

  /// Compares the nodes of a cell with one of each class found so far.
  void join_cell(int cell, Try attempt) {
    std::vector<int> nodes(cells_.nodes_of(cell).begin(), cells_.nodes_of(cell).end());
    std::ranges::sort(nodes);
    std::vector<int> representatives;
    for (const int node : nodes) {
      const auto joined = [&](int each) { return root_of(each) == root_of(node); };
      if (std::ranges::any_of(representatives, joined)) continue;
      const auto joins = [&](int each) { return (this->*attempt)(each, node); };
      if (std::ranges::any_of(representatives, joins)) continue;
      if (representatives.size() < kMostRepresentatives) representatives.push_back(node);
    }
  }

  /// An involution that exchanges the two, their private neighbours in order of device, those's neighbours, and so on.
  bool try_swap(int one, int other) {
    if (swap_work_ <= 0) return false;
    image_.clear();
    if (!pair_up(one, other)) return false;
    // set() appends the pair twice, once from each end; every second entry is a new pair.
    for (std::size_t next = 0; next < image_.moved().size(); next += 2) {
      const NodeImage pair = image_.moved()[next];
      if (!match(adjacency_.out(pair.node), adjacency_.out(pair.image), pair)) return false;
      if (!match(adjacency_.in(pair.node), adjacency_.in(pair.image), pair)) return false;
    }
    if (!holds()) return false;
    accept();
    return true;
  }

  bool pair_up(int one, int other) {
    if (cells_.cell_of(one) != cells_.cell_of(other) || image_.moves(one) || image_.moves(other)) return false;
    image_.set(one, other);
    image_.set(other, one);
    return true;
  }

  bool match(std::span<const Neighbour> one, std::span<const Neighbour> other, NodeImage pair) {
    swap_work_ -= static_cast<std::int64_t>(one.size() + other.size());
    if (one.size() != other.size() || swap_work_ <= 0) return false;
    const std::vector<Neighbour> left = private_steps(one, other, pair);
    const std::vector<Neighbour> right = private_steps(other, one, pair);
    if (left.size() != right.size()) return false;
    for (std::size_t step = 0; step < left.size(); ++step)
      if (!pair_up(left[step].node, right[step].node)) return false;
    return true;
  }

  /// Steps to nodes that have no image yet and that the other end of the pair does not have, by kind, then in order.
  std::vector<Neighbour> private_steps(std::span<const Neighbour> own, std::span<const Neighbour> others,
                                       NodeImage pair) const {
    std::vector<Neighbour> steps;
    auto other = others.begin();
    for (const Neighbour& step : own) {
      while (other != others.end() && other->node < step.node) ++other;
      const bool is_common = other != others.end() && other->node == step.node;
      if (!is_common && step.node != pair.node && step.node != pair.image && !image_.moves(step.node))
        steps.push_back(step);
    }
    const auto kind = [this](const Neighbour& step) {
      return std::tuple(cells_.cell_of(step.node), graph_.arcs[at(step.arc)].capacity);
    };
    std::ranges::stable_sort(steps, {}, kind);
    return steps;
  }

  /// Follows one sequence of choices in two refinements; where these run alike, their cells name the images.
  bool try_isomorphism(int one, int other) {
    const std::int64_t pass = graph_.nodes + static_cast<std::int64_t>(graph_.arcs.size());
    if (isomorphism_work_ < pass) return false;
    Partition left = cells_;
    Partition right = cells_;
    left.individualise(one);
    right.individualise(other);
    for (int cell = 0; cell < left.cells();) {
      isomorphism_work_ -= 1;
      if (left.cells() != right.cells() || left.nodes_of(cell).size() != right.nodes_of(cell).size()) return false;
      if (left.nodes_of(cell).size() == 1) {
        ++cell;
        continue;
      }
      if ((isomorphism_work_ -= pass) < 0) return false;
      left.individualise(std::ranges::min(left.nodes_of(cell)));
      right.individualise(std::ranges::min(right.nodes_of(cell)));
    }
    if (left.cells() != right.cells()) return false;
    Permutation moves;
    for (int cell = 0; cell < left.cells(); ++cell)
      moves.push_back({left.nodes_of(cell).front(), right.nodes_of(cell).front()});
    if (!verify(moves)) return false;
    accept();
    return true;
  }

  bool is_permutation() const {
    std::vector<int> from, to;
    for (const NodeImage& move : image_.moved()) {
      from.push_back(move.node);
      to.push_back(move.image);
    }
    std::ranges::sort(from);
    std::ranges::sort(to);
    return from == to;
  }

  /// Arcs between nodes that stay are mapped to themselves; all others have an end that moves.
  bool holds() {
    const auto keeps_arcs = [this](const NodeImage& move) {
      return is_rank_[at(move.node)] == is_rank_[at(move.image)] &&
             maps(adjacency_.out(move.node), adjacency_.out(move.image)) &&
             maps(adjacency_.in(move.node), adjacency_.in(move.image));
    };
    return std::ranges::all_of(image_.moved(), keeps_arcs);
  }

  bool maps(std::span<const Neighbour> steps, std::span<const Neighbour> images) {
    swap_work_ -= static_cast<std::int64_t>(steps.size());
    if (steps.size() != images.size()) return false;
    return std::ranges::all_of(steps, [&](const Neighbour& step) {
      const Neighbour* image = find_step(images, image_[step.node]);
      return image != nullptr && graph_.arcs[at(step.arc)].capacity == graph_.arcs[at(image->arc)].capacity;
    });
  }

  void accept() {
    for (const NodeImage& move : image_.moved()) parent_[at(root_of(move.node))] = root_of(move.image);
    generators_.push_back(image_.moved());
  }

  int root_of(int node) {
    while (parent_[at(node)] != node) node = parent_[at(node)] = parent_[at(parent_[at(node)])];
    return node;
  }

  Orbits result() {
    Orbits orbits;
    std::vector<int> number(at(graph_.nodes), -1);
    for (int node = 0; node < graph_.nodes; ++node) {
      int& orbit = number[at(root_of(node))];
      if (orbit < 0) {
        orbit = static_cast<int>(orbits.size.size());
        orbits.size.push_back(0);
      }
      orbits.of_node.push_back(orbit);
      ++orbits.size[at(orbit)];
    }
    orbits.generators = std::move(generators_);
    return orbits;
  }

  const FlowGraph& graph_;
  const Adjacency& adjacency_;
  const Partition& cells_;
  ImageMap image_;
  std::vector<char> is_rank_;
  std::vector<int> parent_;
  std::vector<Permutation> generators_;
  std::int64_t swap_work_ = 0;
  std::int64_t isomorphism_work_ = kIsomorphismWork;
};

}  // namespace

Orbits certified_orbits(const OrbitRequest& request) { return OrbitSearch(request).run(request.candidates); }

Orbits certified_orbits(const FlowGraph& graph) {
  const Adjacency adjacency(graph);
  const Partition cells(graph, adjacency);
  return certified_orbits({graph, adjacency, cells});
}

}  // namespace muster
