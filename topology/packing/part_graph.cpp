// SPDX-License-Identifier: Apache-2.0
#include "topology/packing/part_graph.hpp"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "core/error.hpp"

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// Parts through one arc: 2^31 of a rank, for 2^9 ranks, to 2^9 ranks, and sums of these over the arcs of a node.
constexpr WideInt kMostCapacity = WideInt{1} << 51;
/// Cuts that may raise the scale before it is rounded up to a whole number.
constexpr int kMostRaises = 1000;

std::int64_t sum_of(const Weights& weights) { return std::accumulate(weights.begin(), weights.end(), std::int64_t{0}); }

/// A set of nodes that some rank lies outside of, and what it must send there.
struct Shortage {
  std::vector<char> side{};  ///< [node]; empty = there is no shortage
  std::int64_t weight = 0;   ///< of the ranks inside
};

/// The graph with a source that feeds every rank: asks whether capacities serve all ranks at once.
class ServiceTest {
 public:
  ServiceTest(const FlowGraph& graph, const Weights& weights)
      : graph_(graph), weights_(weights), flow_(graph.nodes + 1) {
    for (const Arc& arc : graph.arcs) flow_.add_arc(arc.source, arc.target, 0);
    for (const int rank : graph.ranks) flow_.add_arc(graph.nodes, rank, 0);
  }

  void set_capacity(std::size_t arc, WideInt capacity) { flow_.set_capacity(static_cast<int>(arc), capacity); }
  /// Each rank sends `each` for each unit of its weight.
  void set_parts(WideInt each) {
    each_ = each;
    for (std::size_t rank = 0; rank < weights_.size(); ++rank)
      flow_.set_capacity(static_cast<int>(graph_.arcs.size() + rank), each * weights_[rank]);
  }

  Shortage shortage_at(int sink) {
    const WideInt wanted = each_ * sum_of(weights_);
    if (flow_.run(graph_.nodes, sink, wanted) >= wanted) return {};
    Shortage shortage{.side = flow_.source_side(graph_.nodes)};
    for (std::size_t rank = 0; rank < weights_.size(); ++rank)
      if (shortage.side[at(graph_.ranks[rank])] != 0) shortage.weight += weights_[rank];
    return shortage;
  }

 private:
  const FlowGraph& graph_;
  const Weights& weights_;
  MaxFlow flow_;
  WideInt each_ = 0;
};

/// Without those that carry nothing: evening out switches may leave some.
std::vector<std::size_t> arcs_leaving(const FlowGraph& graph, const std::vector<char>& side) {
  std::vector<std::size_t> leaving;
  for (std::size_t arc = 0; arc < graph.arcs.size(); ++arc) {
    const Arc& each = graph.arcs[arc];
    if (each.capacity > 0 && side[at(each.source)] > side[at(each.target)]) leaving.push_back(arc);
  }
  return leaving;
}

WideInt floor_of(const Rational& scale, WideInt capacity) {
  const Rational product = scale * Rational::of(capacity, 1);
  return product.numerator() / product.denominator();
}

Rational ceiling_of(const Rational& value) {
  return Rational::of((value.numerator() + value.denominator() - 1) / value.denominator(), 1);
}

/// Next scale at which the cut lets enough whole parts through.
Rational raised(Rational scale, const FlowGraph& graph, const std::vector<std::size_t>& cut, WideInt wanted) {
  while (true) {
    WideInt sum = 0;
    for (const std::size_t arc : cut) sum += floor_of(scale, graph.arcs[arc].capacity);
    if (sum >= wanted) return scale;
    const auto next = [&](std::size_t arc) {
      return Rational::of(floor_of(scale, graph.arcs[arc].capacity) + 1, graph.arcs[arc].capacity);
    };
    Rational least = next(cut.front());
    for (const std::size_t arc : cut) least = std::min(least, next(arc));
    scale = least;
  }
}

FlowGraph scaled(FlowGraph graph, const Rational& scale) {
  for (Arc& arc : graph.arcs) arc.capacity = floor_of(scale, arc.capacity);
  return graph;
}

/// Least factor on capacities, rounded down to whole parts each, that serves `parts` parts; at least `scale`.
Rational serving_scale(const FlowGraph& graph, const Weights& weights, Rational scale, std::int64_t parts) {
  ServiceTest test(graph, weights);
  test.set_parts(parts);
  const auto apply = [&] {
    for (std::size_t arc = 0; arc < graph.arcs.size(); ++arc)
      test.set_capacity(arc, floor_of(scale, graph.arcs[arc].capacity));
  };
  apply();
  int raises = 0;
  for (const int sink : graph.ranks) {
    for (Shortage shortage = test.shortage_at(sink); !shortage.side.empty(); shortage = test.shortage_at(sink)) {
      if (++raises > kMostRaises) return ceiling_of(scale);
      const WideInt wanted = static_cast<WideInt>(parts) * shortage.weight;
      scale = raised(scale, graph, arcs_leaving(graph, shortage.side), wanted);
      apply();
    }
  }
  return is_balanced(scaled(graph, scale)) ? scale : ceiling_of(scale);
}

}  // namespace

Service best_service(const FlowGraph& graph, const Weights& weights) {
  ServiceTest test(graph, weights);
  Rational share = Rational::of(graph.infinity + 1, 1);
  const auto apply = [&] {
    for (std::size_t arc = 0; arc < graph.arcs.size(); ++arc)
      test.set_capacity(arc, graph.arcs[arc].capacity * share.denominator());
    test.set_parts(share.numerator());
  };
  apply();
  for (std::size_t sink = 0; sink < graph.ranks.size(); ++sink) {
    while (true) {
      const Shortage shortage = test.shortage_at(graph.ranks[sink]);
      if (shortage.side.empty()) break;
      WideInt capacity = 0;
      for (const std::size_t arc : arcs_leaving(graph, shortage.side)) capacity += graph.arcs[arc].capacity;
      if (capacity == 0) return {.share = Rational(0), .unreached = static_cast<int>(sink)};
      share = Rational::of(capacity, shortage.weight);
      apply();
    }
  }
  return {.share = share};
}

Rational largest_share(const FlowGraph& graph, const Weights& weights) {
  const Service service = best_service(graph, weights);
  if (service.unreached < 0) return service.share;
  throw Error("no way leads from some ranks to rank " + std::to_string(service.unreached) +
              ": add the links that join them, or look at what `muster topology doctor` says");
}

bool is_balanced(const FlowGraph& graph) {
  std::vector<WideInt> balance(at(graph.nodes), 0);
  for (const Arc& arc : graph.arcs) {
    balance[at(arc.source)] -= arc.capacity;
    balance[at(arc.target)] += arc.capacity;
  }
  for (const int rank : graph.ranks) balance[at(rank)] = 0;
  return std::ranges::all_of(balance, [](WideInt each) { return each == 0; });
}

FlowGraph clipped(FlowGraph graph) {
  std::vector<char> is_rank(at(graph.nodes), 0);
  for (const int rank : graph.ranks) is_rank[at(rank)] = 1;
  bool changed = true;
  for (int pass = 0; pass < graph.nodes && std::exchange(changed, false); ++pass) {
    std::vector<WideInt> out(at(graph.nodes), 0);
    std::vector<WideInt> in(at(graph.nodes), 0);
    for (const Arc& arc : graph.arcs) {
      out[at(arc.source)] += arc.capacity;
      in[at(arc.target)] += arc.capacity;
    }
    for (Arc& arc : graph.arcs) {
      WideInt most = arc.capacity;
      if (is_rank[at(arc.source)] == 0) most = std::min(most, in[at(arc.source)]);
      if (is_rank[at(arc.target)] == 0) most = std::min(most, out[at(arc.target)]);
      changed = changed || most < arc.capacity;
      arc.capacity = most;
    }
  }
  return graph;
}

WideInt least_parts(const Rational& share, std::span<const FlowGraph> graphs) {
  WideInt common = share.numerator();
  for (const FlowGraph& graph : graphs)
    for (const Arc& arc : graph.arcs) common = gcd_of(common, arc.capacity);
  return share.numerator() / common;
}

PartGraph in_parts(const FlowGraph& graph, const Weights& weights, const Rational& share, std::int64_t parts) {
  const Rational scale = serving_scale(graph, weights, Rational(parts) / share, parts);
  PartGraph result{.nodes = graph.nodes, .ranks = graph.ranks, .parts = {}, .arcs = {}};
  for (const std::int64_t weight : weights) result.parts.push_back(weight * parts);
  for (const Arc& arc : graph.arcs) {
    const WideInt capacity = floor_of(scale, arc.capacity);
    if (capacity > kMostCapacity) throw Error("rates differ too much for trees to be packed: leave out the idle links");
    result.arcs.push_back({arc.source, arc.target, static_cast<std::int64_t>(capacity)});
  }
  return result;
}

}  // namespace muster
