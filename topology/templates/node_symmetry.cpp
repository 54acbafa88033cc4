// SPDX-License-Identifier: Apache-2.0
#include "topology/templates/node_symmetry.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <numeric>
#include <optional>

namespace muster {

namespace {

constexpr std::size_t kMostVertices = 256;       // beyond, the search is left out: symmetries are offers, not promises
constexpr int kMostTrials = 200;                 // images tried per search; a regular node takes one per choice it has
constexpr std::int64_t kMostVisits = 4'000'000;  // neighbours looked at in all searches together: well under a second
constexpr std::size_t kMostFound = 16;

std::size_t at(int index) { return static_cast<std::size_t>(index); }

struct Neighbour {
  int label = 0;  // one number for each kind of bundle of edges between two vertices
  int vertex = 0;
  auto operator<=>(const Neighbour&) const = default;
};
using Neighbours = std::vector<std::vector<Neighbour>>;  // [vertex]

Neighbours neighbours_of(const NodeGraph& graph) {
  std::map<std::pair<int, int>, std::vector<int>> bundles;
  for (const auto& [one, other, colour] : graph.edges) bundles[std::minmax(one, other)].push_back(colour);
  std::map<std::vector<int>, int> labels;
  Neighbours neighbours(graph.colours.size());
  for (auto& [ends, colours] : bundles) {
    std::ranges::sort(colours);
    const int label = labels.emplace(colours, static_cast<int>(labels.size())).first->second;
    neighbours[at(ends.first)].push_back({label, ends.second});
    neighbours[at(ends.second)].push_back({label, ends.first});
  }
  return neighbours;
}

/// Colours of the vertices and of their images, which agree as long as an automorphism may exist.
struct Colouring {
  std::vector<int> source;
  std::vector<int> image;
};

/// Splits colours until vertices of one colour see the same colours over the same labels. False when sources and images
/// then differ in how many there are of a colour.
bool refine(Colouring& colouring, const Neighbours& neighbours) {
  using View = std::pair<int, std::vector<Neighbour>>;  // with the colour in place of the neighbour's number
  const auto views_of = [&](const std::vector<int>& colours) {
    std::vector<View> views;
    for (std::size_t vertex = 0; vertex < colours.size(); ++vertex) {
      View view{colours[vertex], neighbours[vertex]};
      for (Neighbour& each : view.second) each.vertex = colours[at(each.vertex)];
      std::ranges::sort(view.second);
      views.push_back(std::move(view));
    }
    return views;
  };
  std::size_t classes = 0;
  while (true) {
    const std::vector<View> source = views_of(colouring.source);
    const std::vector<View> image = views_of(colouring.image);
    std::map<View, std::pair<int, int>> seen;  // the new colour, and sources minus images
    for (const View& view : source) ++seen[view].second;
    for (const View& view : image) --seen[view].second;
    int next = 0;
    for (auto& [view, entry] : seen) {
      if (entry.second != 0) return false;
      entry.first = next++;
    }
    for (std::size_t vertex = 0; vertex < source.size(); ++vertex) {
      colouring.source[vertex] = seen.at(source[vertex]).first;
      colouring.image[vertex] = seen.at(image[vertex]).first;
    }
    if (seen.size() == classes) return true;
    classes = seen.size();
  }
}

/// Depth-first: pins one vertex to an image, refines, and goes on until every colour is down to one vertex.
class Search {
 public:
  explicit Search(const Neighbours& neighbours) : neighbours_(neighbours) {
    constexpr std::int64_t kRounds = 4;  // of refinement after a pin, roughly
    for (const auto& each : neighbours) visits_per_trial_ += kRounds * static_cast<std::int64_t>(each.size() + 1);
  }

  std::optional<std::vector<int>> run(const Colouring& start, int from, int to) {
    trials_ = 0;
    return pin(start, from, to);
  }

 private:
  std::optional<std::vector<int>> pin(Colouring colouring, int vertex, int image) {
    visits_ += visits_per_trial_;
    if (++trials_ > kMostTrials || visits_ > kMostVisits) return std::nullopt;
    const int own = static_cast<int>(colouring.source.size());  // no colour is as large
    colouring.source[at(vertex)] = own;
    colouring.image[at(image)] = own;
    return refine(colouring, neighbours_) ? extend(colouring) : std::nullopt;
  }

  std::optional<std::vector<int>> extend(const Colouring& colouring) {
    const std::size_t size = colouring.source.size();
    std::vector<std::vector<int>> sources(size);
    std::vector<std::vector<int>> images(size);
    for (std::size_t vertex = 0; vertex < size; ++vertex) {
      sources[at(colouring.source[vertex])].push_back(static_cast<int>(vertex));
      images[at(colouring.image[vertex])].push_back(static_cast<int>(vertex));
    }
    const auto open = std::ranges::find_if(sources, [](const auto& members) { return members.size() > 1; });
    if (open == sources.end()) return read_off(sources, images);
    const int vertex = open->front();
    std::vector<int> candidates = images[static_cast<std::size_t>(open - sources.begin())];
    // Leaving a vertex where it is changes least, so that generators stay small.
    const auto self = std::ranges::find(candidates, vertex);
    if (self != candidates.end()) std::iter_swap(candidates.begin(), self);
    for (const int image : candidates) {
      auto found = pin(colouring, vertex, image);
      if (found) return found;
    }
    return std::nullopt;
  }

  /// Equal colours are necessary; that edges go to edges is checked all the same.
  std::optional<std::vector<int>> read_off(const std::vector<std::vector<int>>& sources,
                                           const std::vector<std::vector<int>>& images) const {
    std::vector<int> permutation(sources.size());
    for (std::size_t colour = 0; colour < sources.size(); ++colour) {
      if (!sources[colour].empty()) permutation[at(sources[colour].front())] = images[colour].front();
    }
    for (std::size_t vertex = 0; vertex < neighbours_.size(); ++vertex) {
      std::vector<Neighbour> moved = neighbours_[vertex];
      for (Neighbour& each : moved) each.vertex = permutation[at(each.vertex)];
      std::vector<Neighbour> expected = neighbours_[at(permutation[vertex])];
      std::ranges::sort(moved);
      std::ranges::sort(expected);
      if (moved != expected) return std::nullopt;
    }
    return permutation;
  }

  const Neighbours& neighbours_;
  std::int64_t visits_per_trial_ = 0;
  std::int64_t visits_ = 0;
  int trials_ = 0;  // of this search
};

/// Union-find over vertices.
class Orbit {
 public:
  explicit Orbit(std::size_t size) : parent_(size) { std::iota(parent_.begin(), parent_.end(), 0); }
  int of(int vertex) {
    int& parent = parent_[at(vertex)];
    if (parent != vertex) parent = of(parent);
    return parent;
  }
  void join(const std::vector<int>& permutation) {
    for (std::size_t vertex = 0; vertex < permutation.size(); ++vertex) {
      parent_[at(of(permutation[vertex]))] = of(static_cast<int>(vertex));
    }
  }

 private:
  std::vector<int> parent_;
};

}  // namespace

std::vector<std::vector<int>> automorphisms_of(const NodeGraph& graph, const std::vector<int>& targets) {
  std::vector<std::vector<int>> found;
  if (graph.colours.size() > kMostVertices) return found;
  const Neighbours neighbours = neighbours_of(graph);
  Colouring colouring{graph.colours, graph.colours};
  refine(colouring, neighbours);
  Orbit orbit(graph.colours.size());
  Search search(neighbours);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    for (std::size_t j = i + 1; j < targets.size() && found.size() < kMostFound; ++j) {
      const auto [one, other] = std::pair(targets[i], targets[j]);
      const bool may_be_alike = colouring.source[at(one)] == colouring.source[at(other)];
      if (!may_be_alike || orbit.of(one) == orbit.of(other)) continue;
      const auto permutation = search.run(colouring, one, other);
      if (!permutation) continue;
      orbit.join(*permutation);
      found.push_back(*permutation);
    }
  }
  return found;
}

}  // namespace muster
