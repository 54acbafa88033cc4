// SPDX-License-Identifier: Apache-2.0
// NCCL 2.30.7's cost model: time = latency + bytes / bandwidth for each algorithm and protocol. Everything inside is in
// its own units, microseconds and GB/s, so that the tables can be compared with the source.
#include "collectives/planner/nccl_model.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace muster {
namespace {

using enum NcclAlgorithm;
using enum NcclProtocol;

constexpr std::size_t kAlgorithms = 5;
constexpr std::size_t kProtocols = 3;
template <typename T>
constexpr std::size_t at(T word) {
  return static_cast<std::size_t>(word);
}

using ByProtocol = std::array<double, kProtocols>;      // LL, LL128, Simple
using ByNodes = std::array<double, 3>;                  // 1, 2, more
using ByGeneration = std::array<ByNodes, 4>;            // Volta, Ampere, Hopper, Blackwell
using Latencies = std::array<ByProtocol, kAlgorithms>;  // tree, ring, NVLS, NVLS tree, PAT; us

constexpr Latencies kBase = {{{6.8, 14, 8.4}, {6.6, 14, 8.4}, {0, 0, 0}, {0, 0, 0}, {8, 8, 8}}};
constexpr Latencies kOverNvlink = {{{0.6, 1.25, 4.0}, {0.6, 1.9, 3.4}, {0, 0, 25}, {0, 0, 25}, {0, 0, 4.0}}};
constexpr Latencies kOverPcie = {{{1.0, 1.9, 4.0}, {1.0, 2.5, 5.7}, {0, 0, 0}, {0, 0, 0}, {0, 0, 4.0}}};
constexpr Latencies kOverNetwork = {{{5.0, 8.5, 14}, {2.7, 4.0, 14}, {0, 0, 18}, {0, 0, 20.9}, {0, 0, 14}}};

constexpr ByGeneration kMostLl = {{{39, 39, 20.4}, {87.7, 22.5, 19}, {141, 45, 35}, {282, 90, 70}}};
constexpr ByGeneration kMostTree = {{{26.5, 18.5, 10}, {24, 23.6, 17.8}, {38.7, 41.4, 36}, {70, 42.8, 24}}};
constexpr ByGeneration kMostTreeLl128 = {{{20, 20, 20}, {20, 20, 20}, {36.7, 36.7, 29}, {55.6, 31.67, 20}}};
constexpr std::array<double, 4> kMostRingLl128 = {20, 20, 36.7, 40};  // a channel
constexpr std::array<double, 4> kNvlsEfficiency = {0, 0, 0.85, 0.74};

/// Part of its bandwidth that a tree reaches at 64 B x 2^i.
constexpr std::size_t kTreeSizes = 24;
constexpr std::array<std::array<double, kTreeSizes>, kProtocols> kTreeShare = {
    {{1, 1, 1, 1, .9, .8, .7, .7, .7, .7, .6, .5, .4, .4, .5, .6, .7, .8, .9, 1, 1, 1, 1, 1},
     {1, 1, 1, 1, 1, .9, .8, .8, .8, .7, .6, .6, .6, .6, .6, .6, .8, .9, .9, .9, .9, 1, 1, 1},
     {.9, .9, .9, .9, .9, .9, .9, .8, .7, .6, .6, .5, .5, .5, .5, .6, .7, .8, .7, .7, .8, .9, .9, .9}}};

int whole_log2(std::uint64_t value) { return static_cast<int>(std::bit_width(value)) - 1; }

struct Setting {
  const NcclMachine& machine;
  Collective collective;
  NcclAlgorithm algorithm;
  NcclProtocol protocol;

  bool gathers() const { return collective == Collective::all_gather || collective == Collective::reduce_scatter; }
  std::size_t generation() const {
    const int capability = machine.compute_capability;
    return capability >= 100 ? 3 : capability >= 90 ? 2 : capability >= 80 ? 1 : 0;
  }
  std::size_t nodes() const { return machine.nodes <= 2 ? at(machine.nodes - 1) : 2; }
  int per_node() const { return machine.ranks / machine.nodes; }
  int steps() const {
    if (collective == Collective::all_reduce) return 2 * (machine.ranks - 1);
    return gathers() ? machine.ranks - 1 : machine.ranks;
  }
};

bool allows_ll128(const Setting& of) {
  const PathType most = of.machine.compute_capability >= 90 ? PathType::pxn : PathType::pxb;
  const bool is_near = of.machine.nodes == 1 || of.machine.inter <= most;
  return of.machine.compute_capability >= 70 && of.machine.intra <= PathType::nvb && is_near;
}

bool exists(const Setting& of) {
  const bool is_sum = of.collective == Collective::all_reduce;
  if (of.protocol == ll128 && !allows_ll128(of)) return false;
  switch (of.algorithm) {
    case ring:
      return true;
    case tree:
      return is_sum;
    case nvls:
      return of.protocol == simple && of.machine.nvls.channels > 0 && of.machine.nodes == 1 && (is_sum || of.gathers());
    case nvls_tree:
      return of.protocol == simple && of.machine.nvls.channels > 0 && of.machine.nodes > 1 && is_sum;
    case pat:
      return of.protocol == simple && of.gathers() && of.machine.nodes > 1 && of.per_node() == 1;
  }
  return false;
}

double per_channel(const NcclGraph& graph, int nodes) { return (nodes <= 2 ? graph.intra : graph.inter).value / 1e9; }

double ring_bus(const Setting& of) {
  const NcclGraph& graph = of.machine.ring;
  const double bus = graph.channels * per_channel(graph, of.machine.nodes);
  if (of.protocol == ll) return std::min(kMostLl[of.generation()][of.nodes()], bus * 0.5);
  if (of.protocol == ll128) return std::min(bus * 0.92, graph.channels * kMostRingLl128[of.generation()]);
  return bus;
}

double tree_bus(const Setting& of) {
  const NcclGraph& graph = of.machine.ring;
  const double bus = std::min(graph.channels * per_channel(graph, of.machine.nodes) * 0.92,
                              graph.channels * kMostTree[of.generation()][of.nodes()]);
  if (of.protocol == ll) return std::min(bus / 3.8, kMostLl[of.generation()][of.nodes()]);
  if (of.protocol == ll128) {
    return std::min(bus * (of.machine.nodes == 1 ? 7.0 / 9.0 : 120.0 / 128.0),
                    graph.channels * kMostTreeLl128[of.generation()][of.nodes()]);
  }
  return bus;
}

double nvls_bus(const Setting& of) {
  const NcclGraph& graph = of.machine.nvls;
  const double heads = graph.channels;
  double intra = graph.intra.value / 1e9 * kNvlsEfficiency[of.generation()] * (heads - 1) / heads;
  // An all-reduce reads sums and writes copies at the same time.
  intra *= of.collective == Collective::all_reduce ? 2.0 : (of.per_node() - 1.0) / of.per_node();
  if (of.machine.nodes == 1) return heads * intra;
  return heads * std::min(intra, graph.inter.value / 1e9 * (of.machine.nodes <= 2 ? 2 : 1));
}

/// GB/s of nccl-tests size.
double bandwidth(const Setting& of) {
  const double per_step = static_cast<double>(of.machine.ranks) / of.steps();
  switch (of.algorithm) {
    case ring:
      return ring_bus(of) * per_step;
    case tree:
      return tree_bus(of) * 0.5;
    case nvls:
    case nvls_tree:
      return nvls_bus(of) * per_step;
    case pat:
      return ring_bus(of) * 0.75 * per_step;
  }
  return 0;
}

double ring_latency(const Setting& of, double intra, double inter) {
  const bool is_rooted = of.collective == Collective::broadcast || of.collective == Collective::reduce;
  if (is_rooted) return of.machine.nodes > 1 ? inter : intra;
  const int nodes = of.machine.nodes;
  if (nodes > 1) intra = std::max(intra, of.machine.post.value * 1e6 * (of.protocol == simple ? 3 : 1));
  const int between = nodes == 1 ? 0 : of.collective == Collective::all_reduce ? 2 * (nodes - 1) : nodes - 1;
  return (of.steps() - between) * intra + between * inter;
}

/// us
double latency(const Setting& of) {
  const Latencies& inside = of.machine.intra <= PathType::nvb ? kOverNvlink : kOverPcie;
  const double base = kBase[at(of.algorithm)][at(of.protocol)];
  const double intra = inside[at(of.algorithm)][at(of.protocol)];
  const double inter = kOverNetwork[at(of.per_node() == 1 ? tree : of.algorithm)][at(of.protocol)];
  const int levels = whole_log2(static_cast<std::uint64_t>(of.machine.nodes));
  switch (of.algorithm) {
    case ring:
      return base + ring_latency(of, intra, inter);
    case tree:
      return base + 2 * ((of.per_node() - 1) * intra + levels * inter);
    case nvls:
      return base + intra;
    case nvls_tree:
      return base + intra + 2 * levels * inter;
    case pat:
      return base + levels * inter / 3.5 + of.machine.ranks * 2.8;
  }
  return 0;
}

Seconds time_of(const Setting& of, Bytes size) {
  double rate = bandwidth(of);
  double delay = latency(of);
  const bool is_sum = of.collective == Collective::all_reduce;
  if (of.algorithm == tree && size.value >= 64) {
    const auto place = static_cast<std::size_t>(whole_log2(size.value / 64));
    if (place < kTreeSizes) rate *= kTreeShare[at(of.protocol)][place];
  }
  const auto parts =
      static_cast<std::uint64_t>(of.machine.ring.channels) * static_cast<std::uint64_t>(of.machine.ranks);
  if (of.algorithm == ring && of.protocol == simple && is_sum && of.machine.nodes > 1 && size.value / parts >= 64) {
    delay *= of.machine.compute_capability < 80 ? 1.9 : 1.4;
  }
  return {(delay + static_cast<double>(size.value) / (1000 * rate)) * 1e-6};
}

}  // namespace

std::string NcclChoice::name() const {
  constexpr std::array<std::string_view, kAlgorithms> kNames = {"Tree", "Ring", "NVLS", "NVLSTree", "PAT"};
  constexpr std::array<std::string_view, kProtocols> kProtocolNames = {"LL", "LL128", "Simple"};
  return std::string(kNames[at(algorithm)]) + "/" + std::string(kProtocolNames[at(protocol)]);
}

std::vector<NcclChoice> nccl_times(const NcclMachine& machine, Collective collective, Bytes size) {
  std::vector<NcclChoice> choices;
  const bool is_modelled = collective == Collective::all_reduce || collective == Collective::all_gather ||
                           collective == Collective::reduce_scatter || collective == Collective::broadcast ||
                           collective == Collective::reduce;
  if (!is_modelled || machine.ranks < 2 || machine.ring.channels < 1) return choices;
  for (const NcclAlgorithm algorithm : {tree, ring, nvls, nvls_tree, pat}) {
    for (const NcclProtocol protocol : {ll, ll128, simple}) {
      const Setting setting{machine, collective, algorithm, protocol};
      if (exists(setting)) choices.push_back({algorithm, protocol, time_of(setting, size)});
    }
  }
  return choices;
}

std::optional<NcclChoice> nccl_choice(const NcclMachine& machine, Collective collective, Bytes size) {
  const std::vector<NcclChoice> choices = nccl_times(machine, collective, size);
  const auto best = std::ranges::min_element(choices, {}, [](const NcclChoice& choice) { return choice.time; });
  return best == choices.end() ? std::nullopt : std::optional(*best);
}

}  // namespace muster
