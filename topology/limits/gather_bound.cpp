// SPDX-License-Identifier: Apache-2.0
// all_gather and reduce_scatter: the data of the ranks on one side of a cut must cross it to reach a rank on the other.
// Newton's iteration on smallest cuts, one sink of each orbit, on the quotient around that sink.
#include <algorithm>

#include "topology/limits/study.hpp"

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// At least so many sinks are tried on graphs that are too large for all of them.
constexpr std::int64_t kLeastSinks = 4;

class SmallestShare {
 public:
  SmallestShare(Study& study, Crossing way) : study_(study), way_(way) {}

  /// Lowers the share until every rank can send that much to `sink` at once. reduce_scatter is the same with all arcs
  /// turned around.
  void serve(int sink) {
    const Quotient& quotient = study_.quotient_around(sink);
    const int own = quotient.cell_of[at(sink)];
    const int source = static_cast<int>(quotient.size.size());
    MaxFlow flow(source + 1);
    for (const Arc& arc : quotient.arcs) {
      const Arc turned = way_ == Crossing::entering ? arc : Arc{arc.target, arc.source, arc.capacity};
      flow.add_arc(turned.source, turned.target, 0);
    }
    for (int cell = 0; cell < source; ++cell)
      if (cell != own && quotient.ranks[at(cell)] > 0) flow.add_arc(source, cell, 0);

    if (side_.empty()) {
      std::vector<char> all_but_sink(at(source), 1);
      all_but_sink[at(own)] = 0;
      take(quotient, all_but_sink);
    }
    while (true) {
      const WideInt wanted = share_.numerator() * (study_.ranks() - 1);
      set_capacities(quotient, own, flow);
      if (flow.run(source, own) >= wanted) return;
      take(quotient, flow.source_side(source));
    }
  }

  /// On the side of `side` before the cut; capacity and ranks of it.
  WideInt capacity() const { return capacity_; }
  int ranks() const { return ranks_; }
  std::vector<char> source_side() const {
    std::vector<char> side = side_;
    if (way_ == Crossing::leaving)
      for (char& each : side) each = each == 0 ? 1 : 0;
    return side;
  }

 private:
  void set_capacities(const Quotient& quotient, int own, MaxFlow& flow) const {
    int arc = 0;
    for (const Arc& each : quotient.arcs) flow.set_capacity(arc++, each.capacity * share_.denominator());
    for (int cell = 0; cell < static_cast<int>(quotient.size.size()); ++cell) {
      const int ranks = quotient.ranks[at(cell)];
      if (cell != own && ranks > 0) flow.set_capacity(arc++, share_.numerator() * ranks);
    }
  }

  void take(const Quotient& quotient, const std::vector<char>& cell_side) {
    capacity_ = 0;
    ranks_ = 0;
    for (const Arc& arc : quotient.arcs) {
      const bool crosses = way_ == Crossing::entering ? cell_side[at(arc.source)] > cell_side[at(arc.target)]
                                                      : cell_side[at(arc.target)] > cell_side[at(arc.source)];
      if (crosses) capacity_ += arc.capacity;
    }
    for (std::size_t cell = 0; cell < quotient.ranks.size(); ++cell)
      if (cell_side[cell] != 0) ranks_ += quotient.ranks[cell];
    side_.clear();
    for (const int cell : quotient.cell_of) side_.push_back(cell_side[at(cell)]);
    share_ = Rational::of(capacity_, ranks_);
  }

  Study& study_;
  Crossing way_;
  Rational share_{0};  // of one rank, in units of capacity
  WideInt capacity_ = 0;
  int ranks_ = 0;
  std::vector<char> side_;  // [node] 1 = with the ranks whose data must cross
};

}  // namespace

std::vector<LimitBound> gather_bounds(Study& study, Crossing way) {
  const std::int64_t affordable = std::max(kLeastSinks, kExactWork / study.size());
  const auto sinks = std::min(affordable, static_cast<std::int64_t>(study.representatives.size()));
  SmallestShare smallest(study, way);
  for (std::int64_t sink = 0; sink < sinks; ++sink)
    smallest.serve(study.representatives[static_cast<std::size_t>(sink)]);
  if (smallest.capacity() >= study.graph.infinity) return {};
  const bool is_optimum = study.reaches_cuts && sinks == static_cast<std::int64_t>(study.representatives.size());
  return {{.name = "cut",
           .seconds_per_unit = Rational::of(smallest.ranks(), smallest.capacity() * study.ranks()),
           .tightness = is_optimum ? Tightness::optimum : Tightness::bound,
           .source_side = smallest.source_side()}};
}

}  // namespace muster
