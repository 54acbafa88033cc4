// SPDX-License-Identifier: Apache-2.0
#include "topology/packing/share_search.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "core/error.hpp"
#include "topology/disjoint_sets.hpp"
#include "topology/orbits.hpp"
#include "topology/packed_trees.hpp"
#include "topology/packing/growing_program.hpp"
#include "topology/packing/whole_capacities.hpp"

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// A dense program of more variables takes minutes.
constexpr int kMostVariables = 700;
/// Each round adds a cut or more for each kind of rank; what has not settled by then is not worth more time.
constexpr int kMostRounds = 200;
/// Capacities of flows that look for violated cuts, per unit of the program.
constexpr double kGrain = 0x1p40;
/// Of the data: a cut that is violated by less is rounding.
constexpr double kSettled = 1e-9;
/// Parts of the data where shares are no simple fractions: 2 x 7!.
constexpr std::int64_t kCoarseParts = 10'080;

/// Numbers from 0 on for sets of which find() gives any.
std::vector<int> numbered(DisjointSets& sets, int members) {
  std::map<int, int> number;
  std::vector<int> result;
  for (int member = 0; member < members; ++member)
    result.push_back(number.emplace(sets.find(member), static_cast<int>(number.size())).first->second);
  return result;
}

struct Classes {
  std::vector<int> of_arc;
  std::vector<int> of_node;  ///< same numbers for nodes that are images of each other
  int arcs = 0;
  int nodes = 0;
};

/// What symmetry makes equal may be made equal in a plan: the mean of its images is as good.
Classes classes_of(const FlowGraph& graph, const std::vector<Permutation>& generators) {
  std::map<std::pair<int, int>, int> arc_between;
  const int arcs = static_cast<int>(graph.arcs.size());
  for (int arc = 0; arc < arcs; ++arc) arc_between[{graph.arcs[at(arc)].source, graph.arcs[at(arc)].target}] = arc;
  DisjointSets arc_sets(arcs);
  DisjointSets node_sets(graph.nodes);
  for (const Permutation& generator : generators) {
    std::vector<int> image(at(graph.nodes));
    std::iota(image.begin(), image.end(), 0);
    for (const NodeImage& move : generator) {
      image[at(move.node)] = move.image;
      node_sets.unite(move.node, move.image);
    }
    for (int arc = 0; arc < arcs; ++arc) {
      const Arc& each = graph.arcs[at(arc)];
      arc_sets.unite(arc, arc_between.at({image[at(each.source)], image[at(each.target)]}));
    }
  }
  Classes classes{.of_arc = numbered(arc_sets, arcs), .of_node = numbered(node_sets, graph.nodes)};
  for (const int each : classes.of_arc) classes.arcs = std::max(classes.arcs, each + 1);
  for (const int each : classes.of_node) classes.nodes = std::max(classes.nodes, each + 1);
  return classes;
}

/// One direction of the data: its links (those of the graph, or turned around) and its columns.
struct Direction {
  FlowGraph graph;
  int first_column = 0;
  MaxFlow flow;
};

/// Columns: capacity of each class of arcs for gathering, the same for scattering if that is asked for, then what each
/// class of ranks owns, or one column for all data where the weights are given.
class ShareSearch {
 public:
  ShareSearch(const FlowGraph& graph, const Weights* weights, Classes classes);

  bool settle();
  double most() const { return program_.value() * scale_; }
  /// [arc] in the graph's unit.
  std::vector<double> capacities(std::size_t direction) const;
  /// [rank] in the graph's unit.
  std::vector<double> owned() const;

 private:
  using Row = std::vector<double>;
  std::vector<double> objective() const;
  int variables() const {
    return static_cast<int>(directions_.size()) * classes_.arcs + (weights_ ? 1 : classes_.nodes);
  }
  void add_owned(Row& row, int rank, double factor) const;
  void add_direction(FlowGraph graph);
  void bound_capacities();
  void balance_switches(const Direction& direction);
  void add_cut(const Direction& direction, const std::vector<char>& side);
  bool cut_off(Direction& direction, int sink);

  const FlowGraph& graph_;
  const Weights* weights_;
  double weight_ = 0;  // sum of *weights_
  Classes classes_;
  double scale_ = 1;  // capacity of 1 in the program
  int first_owned_ = 0;
  std::vector<int> sinks_;  // one rank of each class
  std::vector<Direction> directions_;
  GrowingProgram program_;
  std::vector<double> solution_;
};

ShareSearch::ShareSearch(const FlowGraph& graph, const Weights* weights, Classes classes)
    : graph_(graph), weights_(weights), classes_(std::move(classes)), program_({}) {
  if (weights_) weight_ = static_cast<double>(std::accumulate(weights_->begin(), weights_->end(), std::int64_t{0}));
  for (const Arc& arc : graph.arcs) scale_ = std::max(scale_, static_cast<double>(arc.capacity));
  add_direction(graph);
  if (!weights_) add_direction(reversed(graph));
  first_owned_ = static_cast<int>(directions_.size()) * classes_.arcs;
  std::vector<char> is_seen(at(classes_.nodes), 0);
  for (int rank = 0; rank < static_cast<int>(graph.ranks.size()); ++rank)
    if (std::exchange(is_seen[at(classes_.of_node[at(graph.ranks[at(rank)])])], 1) == 0) sinks_.push_back(rank);
  program_ = GrowingProgram(objective());
  bound_capacities();
  for (const Direction& direction : directions_) {
    balance_switches(direction);
    for (const int sink : sinks_) {
      std::vector<char> all_but_one(at(graph.nodes), 1);
      all_but_one[at(graph.ranks[at(sink)])] = 0;
      add_cut(direction, all_but_one);
    }
  }
}

void ShareSearch::add_direction(FlowGraph graph) {
  MaxFlow flow(graph.nodes + 1);
  for (const Arc& arc : graph.arcs) flow.add_arc(arc.source, arc.target, 0);
  for (const int rank : graph.ranks) flow.add_arc(graph.nodes, rank, 0);
  const int first = static_cast<int>(directions_.size()) * classes_.arcs;
  directions_.push_back({.graph = std::move(graph), .first_column = first, .flow = std::move(flow)});
}

std::vector<double> ShareSearch::objective() const {
  Row row(at(variables()), 0);
  for (int rank = 0; rank < static_cast<int>(graph_.ranks.size()); ++rank) add_owned(row, rank, 1);
  return row;
}

void ShareSearch::add_owned(Row& row, int rank, double factor) const {
  if (weights_) row[at(first_owned_)] += factor * static_cast<double>((*weights_)[at(rank)]) / weight_;
  if (!weights_) row[at(first_owned_ + classes_.of_node[at(graph_.ranks[at(rank)])])] += factor;
}

void ShareSearch::bound_capacities() {
  std::vector<char> is_seen(at(classes_.arcs), 0);
  for (std::size_t arc = 0; arc < graph_.arcs.size(); ++arc) {
    const int column = classes_.of_arc[arc];
    if (std::exchange(is_seen[at(column)], 1) != 0) continue;
    Row row(at(variables()), 0);
    for (const Direction& direction : directions_) row[at(direction.first_column + column)] = 1;
    program_.add_row(row, static_cast<double>(graph_.arcs[arc].capacity) / scale_);
  }
}

void ShareSearch::balance_switches(const Direction& direction) {
  std::vector<Row> rows(at(graph_.nodes), Row(at(variables()), 0));
  for (std::size_t arc = 0; arc < graph_.arcs.size(); ++arc) {
    const auto column = at(direction.first_column + classes_.of_arc[arc]);
    rows[at(direction.graph.arcs[arc].target)][column] += 1;
    rows[at(direction.graph.arcs[arc].source)][column] -= 1;
  }
  std::vector<char> is_done(at(classes_.nodes), 0);
  for (const int rank : graph_.ranks) is_done[at(classes_.of_node[at(rank)])] = 1;
  for (int node = 0; node < graph_.nodes; ++node) {
    if (std::exchange(is_done[at(classes_.of_node[at(node)])], 1) != 0) continue;
    program_.add_row(rows[at(node)], 0);
    for (double& each : rows[at(node)]) each = -each;
    program_.add_row(rows[at(node)], 0);
  }
}

/// What the ranks on the source side own must fit through what leaves it.
void ShareSearch::add_cut(const Direction& direction, const std::vector<char>& side) {
  Row row(at(variables()), 0);
  for (int rank = 0; rank < static_cast<int>(graph_.ranks.size()); ++rank)
    if (side[at(graph_.ranks[at(rank)])] != 0) add_owned(row, rank, 1);
  for (std::size_t arc = 0; arc < graph_.arcs.size(); ++arc) {
    const Arc& each = direction.graph.arcs[arc];
    if (side[at(each.source)] > side[at(each.target)]) row[at(direction.first_column + classes_.of_arc[arc])] -= 1;
  }
  program_.add_row(row, 0);
}

/// Looks for a violated cut around a sink; adds the smallest such cut that is largest and the one that is least itself.
bool ShareSearch::cut_off(Direction& direction, int sink) {
  const auto whole = [](double value) { return static_cast<WideInt>(std::max(0.0, value) * kGrain); };
  for (std::size_t arc = 0; arc < graph_.arcs.size(); ++arc)
    direction.flow.set_capacity(static_cast<int>(arc),
                                whole(solution_[at(direction.first_column + classes_.of_arc[arc])]));
  WideInt wanted = 0;
  for (int rank = 0; rank < static_cast<int>(graph_.ranks.size()); ++rank) {
    Row share(at(variables()), 0);
    add_owned(share, rank, 1);
    const WideInt each = whole(std::inner_product(share.begin(), share.end(), solution_.begin(), 0.0));
    direction.flow.set_capacity(static_cast<int>(graph_.arcs.size()) + rank, each);
    wanted += each;
  }
  const int node = graph_.ranks[at(sink)];
  const WideInt reached = direction.flow.run(graph_.nodes, node);
  if (static_cast<double>(wanted - reached) <= kSettled * static_cast<double>(wanted) + 1) return false;
  const std::vector<char> near = direction.flow.source_side(graph_.nodes);
  const std::vector<char> far = direction.flow.far_source_side(node);
  add_cut(direction, near);
  if (far != near) add_cut(direction, far);
  return true;
}

bool ShareSearch::settle() {
  for (int round = 0; round < kMostRounds; ++round) {
    if (program_.solve() == GrowingProgram::Outcome::out_of_budget) return false;
    solution_ = program_.solution();
    bool is_settled = true;
    for (Direction& direction : directions_)
      for (const int sink : sinks_)
        if (cut_off(direction, sink)) is_settled = false;
    if (is_settled) return true;
  }
  return false;
}

std::vector<double> ShareSearch::capacities(std::size_t direction) const {
  std::vector<double> capacities;
  for (const int each : classes_.of_arc)
    capacities.push_back(solution_[at(directions_[direction].first_column + each)] * scale_);
  return capacities;
}

std::vector<double> ShareSearch::owned() const {
  std::vector<double> owned;
  for (const int node : graph_.ranks)
    owned.push_back(solution_[at(first_owned_ + classes_.of_node[at(node)])] * scale_);
  return owned;
}

/// Parts of a unit of capacity in which all of `capacities` are whole.
std::int64_t parts_of_unit(const FlowGraph& graph, const std::vector<std::vector<double>>& capacities) {
  std::vector<double> fractions;
  double largest = 1;
  for (const std::vector<double>& each : capacities) {
    for (std::size_t arc = 0; arc < each.size(); ++arc) {
      if (graph.arcs[arc].capacity == 0) continue;
      fractions.push_back(each[arc] / static_cast<double>(graph.arcs[arc].capacity));
      largest = std::max(largest, each[arc]);
    }
  }
  return denominator_of(fractions, static_cast<std::int64_t>(std::ceil(0x1p20 / largest)));
}

Weights whole_weights(std::vector<double> owned) {
  const double all = std::accumulate(owned.begin(), owned.end(), 0.0);
  for (double& each : owned) each /= all;
  const auto parts = static_cast<double>(denominator_of(owned, kCoarseParts));
  Weights weights;
  for (const double each : owned) weights.push_back(std::llround(each * parts));
  std::int64_t common = 0;
  for (const std::int64_t each : weights) common = std::gcd(common, each);
  for (std::int64_t& each : weights) each /= std::max<std::int64_t>(common, 1);
  return weights;
}

}  // namespace

std::optional<SharePlan> uneven_shares(const FlowGraph& graph) {
  const Classes classes = classes_of(graph, certified_orbits(graph).generators);
  if (2 * classes.arcs + classes.nodes > kMostVariables) return std::nullopt;
  ShareSearch search(graph, nullptr, classes);
  if (!search.settle()) return std::nullopt;
  const std::vector<std::vector<double>> capacities{search.capacities(0), search.capacities(1)};
  const std::int64_t parts = parts_of_unit(graph, capacities);
  const auto gather = with_capacities(graph, capacities[0], parts);
  const auto scatter = with_capacities(reversed(graph), capacities[1], parts);
  if (!gather || !scatter) return std::nullopt;
  return SharePlan{*gather, *scatter, whole_weights(search.owned()), search.most()};
}

FlowGraph passable(const FlowGraph& graph, const Weights& weights) {
  const bool is_even = std::ranges::adjacent_find(weights, std::ranges::not_equal_to{}) == weights.end();
  const Classes classes = classes_of(graph, is_even ? certified_orbits(graph).generators : std::vector<Permutation>{});
  if (classes.arcs <= kMostVariables) {
    ShareSearch search(graph, &weights, classes);
    if (search.settle()) {
      const std::vector<double> capacities = search.capacities(0);
      const auto result = with_capacities(graph, capacities, parts_of_unit(graph, {capacities}));
      if (result) return *result;
    }
  }
  throw Error(
      "switches that receive more than they may send, or less, are too many for trees to be packed: state the "
      "rates of both directions alike, or use the hierarchical algorithm");
}

}  // namespace muster
