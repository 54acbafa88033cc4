// SPDX-License-Identifier: Apache-2.0
// all_to_all by distances: give every link a length; then data of each pair times its distance is carried by links, so
// time x capacity x length, summed over links, is at least that. The best lengths come from a linear program in
// floating point; the bound is then worked out exactly for lengths that are whole numbers, so it holds whatever was
// rounded.
#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <optional>
#include <queue>

#include "topology/limits/load_program.hpp"
#include "topology/limits/study.hpp"

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

constexpr int kMostRanks = 64;
constexpr int kMostClasses = 128;
constexpr int kMostRoutings = 400;
/// Lengths are first tried as multiples of 1/1 ... 1/64 of the longest, then of 2^-40.
constexpr int kMostParts = 64;
constexpr double kFineParts = 1099511627776.0;
/// Relative; primal and dual that differ by less are taken as equal.
constexpr double kGap = 1e-9;

/// Arcs that certified symmetries map to each other; those of unknown rate are in no class and have no length.
struct ArcClasses {
  std::vector<int> of_arc;
  std::vector<WideInt> capacity;  ///< [class] of all of its arcs
  int count() const { return static_cast<int>(capacity.size()); }
};

ArcClasses arc_classes(const Study& study) {
  const auto& arcs = study.graph.arcs;
  std::vector<int> parent(arcs.size());
  std::iota(parent.begin(), parent.end(), 0);
  const auto root_of = [&](int arc) {
    while (parent[at(arc)] != arc) arc = parent[at(arc)] = parent[at(parent[at(arc)])];
    return arc;
  };
  const auto find_arc = [&](int source, int target) {
    const auto steps = study.adjacency.out(source);
    return std::ranges::lower_bound(steps, target, {}, &Neighbour::node)->arc;
  };
  std::vector<int> image(at(study.graph.nodes));
  std::iota(image.begin(), image.end(), 0);
  for (const Permutation& generator : study.orbits.generators) {
    for (const NodeImage& move : generator) image[at(move.node)] = move.image;
    for (const NodeImage& move : generator) {
      for (const Neighbour& step : study.adjacency.out(move.node))
        parent[at(root_of(step.arc))] = root_of(find_arc(move.image, image[at(step.node)]));
      for (const Neighbour& step : study.adjacency.in(move.node))
        parent[at(root_of(step.arc))] = root_of(find_arc(image[at(step.node)], move.image));
    }
    for (const NodeImage& move : generator) image[at(move.node)] = move.node;
  }
  ArcClasses classes;
  std::map<int, int> number;
  for (int arc = 0; arc < static_cast<int>(arcs.size()); ++arc) {
    if (study.graph.unbounded[at(arc)] != 0) {
      classes.of_arc.push_back(-1);
      continue;
    }
    const int each = number.emplace(root_of(arc), classes.count()).first->second;
    if (each == classes.count()) classes.capacity.push_back(0);
    classes.capacity[at(each)] += arcs[at(arc)].capacity;
    classes.of_arc.push_back(each);
  }
  return classes;
}

/// Distances from one node, and the order in which nodes were reached.
template <typename Length>
struct ShortestWays {
  std::vector<Length> distance;
  std::vector<int> order;
};

template <typename Length>
ShortestWays<Length> shortest_ways(const Study& study, const std::vector<Length>& length_of_arc, int source) {
  using Entry = std::pair<Length, int>;
  const Length unreached = -1;
  ShortestWays<Length> ways{.distance = std::vector<Length>(at(study.graph.nodes), unreached), .order = {}};
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
  queue.push({0, source});
  while (!queue.empty()) {
    const auto [distance, node] = queue.top();
    queue.pop();
    if (ways.distance[at(node)] >= 0) continue;
    ways.distance[at(node)] = distance;
    ways.order.push_back(node);
    for (const Neighbour& step : study.adjacency.out(node))
      if (ways.distance[at(step.node)] < 0) queue.push({distance + length_of_arc[at(step.arc)], step.node});
  }
  return ways;
}

class DistanceSearch {
 public:
  DistanceSearch(const Study& study, const ArcClasses& classes) : study_(study), classes_(classes) {}

  /// Lengths per class, as good as the program finds them, and the load of the mix of routings that goes with them.
  struct Found {
    std::vector<double> lengths;
    double load = 0;
  };

  /// Nothing where data need not touch a link of known rate.
  std::optional<Found> run() const {
    std::vector<double> lengths;
    for (const WideInt capacity : classes_.capacity) lengths.push_back(1 / static_cast<double>(capacity));
    Loads loads = route(lengths);
    if (std::ranges::max(loads) <= 0) return std::nullopt;
    const double scale = 1 / std::ranges::max(loads);
    LoadProgram program(scaled(loads, scale));
    Found best{.lengths = lengths, .load = 0};
    double best_price = std::accumulate(loads.begin(), loads.end(), 0.0) * scale / classes_.count();
    for (int routings = 1; routings < kMostRoutings; ++routings) {
      program.solve();
      const std::vector<double> prices = program.prices();
      for (std::size_t each = 0; each < prices.size(); ++each)
        lengths[each] = prices[each] / static_cast<double>(classes_.capacity[each]);
      loads = scaled(route(lengths), scale);
      const double price = std::inner_product(loads.begin(), loads.end(), prices.begin(), 0.0);
      if (price > best_price) {
        best_price = price;
        best.lengths = lengths;
      }
      best.load = program.load() / scale;
      if (best_price >= program.load() * (1 - kGap)) break;
      program.add(loads);
    }
    return best;
  }

  /// Exact: seconds per byte of one pair's data and unit of capacity.
  std::optional<Rational> evaluate(const std::vector<std::int64_t>& lengths) const {
    std::vector<std::int64_t> of_arc;
    for (const int each : classes_.of_arc) of_arc.push_back(each < 0 ? 0 : lengths[at(each)]);
    WideInt carried = 0;
    for (const int source : study_.representatives) {
      const auto ways = shortest_ways(study_, of_arc, source);
      WideInt sum = 0;
      for (const int rank : study_.graph.ranks) sum += ways.distance[at(rank)];
      carried += sum * study_.orbit_size(source);
    }
    WideInt offered = 0;
    for (int each = 0; each < classes_.count(); ++each) offered += classes_.capacity[at(each)] * lengths[at(each)];
    if (offered == 0 || carried == 0) return std::nullopt;
    return Rational::of(carried, offered);
  }

 private:
  static Loads scaled(Loads loads, double factor) {
    for (double& load : loads) load *= factor;
    return loads;
  }

  /// Everything over shortest ways, evenly where several are shortest; [class] load over capacity.
  Loads route(const std::vector<double>& lengths) const {
    std::vector<double> of_arc;
    for (const int each : classes_.of_arc) of_arc.push_back(each < 0 ? 0 : lengths[at(each)]);
    const double longest = std::ranges::max(lengths);
    Loads loads(at(classes_.count()), 0);
    for (const int source : study_.representatives) add_loads(source, of_arc, longest, loads);
    for (std::size_t each = 0; each < loads.size(); ++each) loads[each] /= static_cast<double>(classes_.capacity[each]);
    return loads;
  }

  void add_loads(int source, const std::vector<double>& of_arc, double longest, Loads& loads) const {
    const auto ways = shortest_ways(study_, of_arc, source);
    std::vector<int> turn(at(study_.graph.nodes), -1);
    for (int each = 0; each < static_cast<int>(ways.order.size()); ++each) turn[at(ways.order[at(each)])] = each;
    std::vector<double> amount(at(study_.graph.nodes), 0);
    for (const int rank : study_.graph.ranks) amount[at(rank)] = study_.orbit_size(source);
    for (auto node = ways.order.rbegin(); node != ways.order.rend() && *node != source; ++node) {
      std::vector<Neighbour> last;
      for (const Neighbour& step : study_.adjacency.in(*node)) {
        if (turn[at(step.node)] < 0 || turn[at(step.node)] >= turn[at(*node)]) continue;
        const double detour = ways.distance[at(step.node)] + of_arc[at(step.arc)] - ways.distance[at(*node)];
        if (detour <= kGap * longest) last.push_back(step);
      }
      for (const Neighbour& step : last) {
        const double share = amount[at(*node)] / static_cast<double>(last.size());
        amount[at(step.node)] += share;
        if (classes_.of_arc[at(step.arc)] >= 0) loads[at(classes_.of_arc[at(step.arc)])] += share;
      }
    }
  }

  const Study& study_;
  const ArcClasses& classes_;
};

/// Multiples of 1/parts of the longest.
std::vector<std::int64_t> whole_lengths(const std::vector<double>& lengths, double parts) {
  const double longest = std::ranges::max(lengths);
  std::vector<std::int64_t> whole;
  for (const double length : lengths) whole.push_back(std::llround(length / longest * parts));
  return whole;
}

bool is_close(const std::vector<double>& lengths, double parts) {
  const double longest = std::ranges::max(lengths);
  return std::ranges::all_of(lengths, [&](double length) {
    const double part = length / longest * parts;
    return std::fabs(part - std::round(part)) < 1e-6;
  });
}

}  // namespace

std::vector<LimitBound> distance_bounds(const Study& study) {
  if (study.ranks() > kMostRanks || study.size() * study.ranks() > kExactWork / 100) return {};
  const ArcClasses classes = arc_classes(study);
  if (classes.count() == 0 || classes.count() > kMostClasses) return {};
  const DistanceSearch search(study, classes);
  const std::optional<DistanceSearch::Found> found = search.run();
  if (!found) return {};

  std::vector<std::int64_t> lengths = whole_lengths(found->lengths, kFineParts);
  for (int parts = kMostParts; parts >= 1; --parts)
    if (is_close(found->lengths, parts)) lengths = whole_lengths(found->lengths, parts);
  const std::optional<Rational> seconds = search.evaluate(lengths);
  if (!seconds) return {};
  LimitBound bound{.name = "distance", .seconds_per_unit = *seconds / Rational(study.ranks())};
  const bool is_met = study.representatives.size() > 0 && seconds->value() >= found->load * (1 - kGap);
  const bool knows_all = std::ranges::count(study.graph.unbounded, 1) == 0;
  if (is_met && knows_all) bound.tightness = Tightness::optimum;
  for (int arc = 0; arc < static_cast<int>(classes.of_arc.size()); ++arc)
    if (classes.of_arc[at(arc)] >= 0 && lengths[at(classes.of_arc[at(arc)])] > 0) bound.arcs.push_back(arc);
  return {std::move(bound)};
}

}  // namespace muster
