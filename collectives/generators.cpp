// SPDX-License-Identifier: Apache-2.0
// The table of generators, and the checks that all of them rely on.
#include "collectives/generators.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "collectives/generators/algorithms.hpp"
#include "collectives/problem.hpp"
#include "core/error.hpp"

namespace muster {
namespace {

using enum Collective;
using enum Algorithm;

// n ranks, S = size of the collective as problem.hpp defines it, L = ceil(log2 n), g = group_size, G = groups.
constexpr std::array kTable = {
    GeneratorEntry{all_reduce, ring, ring_all_reduce, "2(n-1) rounds, 2(n-1)/n S"},
    GeneratorEntry{all_reduce, tree, tree_all_reduce, "up to 3L rounds, up to 2 S"},
    GeneratorEntry{all_reduce, halving_doubling, halving_all_reduce,
                   "2L rounds, 2(n-1)/n S; n not a power of two: 2L rounds, up to 3 S"},
    GeneratorEntry{all_reduce, hierarchical, hierarchical_all_reduce,
                   "2(g-1 + G-1) rounds, 2(n-1)/n S, 2(G-1)/n S of it between hosts"},
    GeneratorEntry{all_reduce, pairwise, pairwise_all_reduce, "1 round, (n-1) S"},
    GeneratorEntry{all_reduce, bruck, bruck_all_reduce, "2L rounds, 2(n-1)/n S"},

    GeneratorEntry{reduce_scatter, ring, ring_reduce_scatter, "n-1 rounds, (n-1)/n S"},
    GeneratorEntry{reduce_scatter, halving_doubling, halving_reduce_scatter, "L rounds, (n-1)/n S"},
    GeneratorEntry{reduce_scatter, hierarchical, hierarchical_reduce_scatter,
                   "g-1 + G-1 rounds, (n-1)/n S, (G-1)/n S of it between hosts"},
    GeneratorEntry{reduce_scatter, pairwise, pairwise_reduce_scatter, "n-1 rounds, (n-1)/n S"},
    GeneratorEntry{reduce_scatter, bruck, bruck_reduce_scatter, "L rounds, (n-1)/n S"},

    GeneratorEntry{all_gather, ring, ring_all_gather, "n-1 rounds, (n-1)/n S"},
    GeneratorEntry{all_gather, halving_doubling, doubling_all_gather, "L rounds, (n-1)/n S"},
    GeneratorEntry{all_gather, hierarchical, hierarchical_all_gather,
                   "G-1 + g-1 rounds, (n-1)/n S, (G-1)/n S of it between hosts"},
    GeneratorEntry{all_gather, pairwise, pairwise_all_gather, "n-1 rounds, (n-1)/n S"},
    GeneratorEntry{all_gather, bruck, bruck_all_gather, "L rounds, (n-1)/n S"},

    GeneratorEntry{all_to_all, pairwise, pairwise_all_to_all, "n-1 rounds, (n-1)/n S"},
    GeneratorEntry{all_to_all, bruck, bruck_all_to_all, "L rounds, about L/2 S"},
    GeneratorEntry{all_to_all, ring, ring_all_to_all, "n-1 rounds, (n-1)/2 S, all to the next rank"},
    GeneratorEntry{all_to_all, hierarchical, hierarchical_all_to_all,
                   "g-1 + G-1 rounds, up to 2 S, (n-g)/n S of it between hosts"},

    GeneratorEntry{broadcast, ring, ring_broadcast, "n-1 rounds, S; channels make it a pipeline"},
    GeneratorEntry{broadcast, tree, tree_broadcast, "up to L rounds, S"},
    GeneratorEntry{broadcast, hierarchical, hierarchical_broadcast,
                   "1 + G-1 + g-1 rounds, up to 2 S, S/g between hosts"},

    GeneratorEntry{reduce, ring, ring_reduce, "n-1 rounds, S; channels make it a pipeline"},
    GeneratorEntry{reduce, tree, tree_reduce, "up to 2L rounds, S"},

    GeneratorEntry{send_recv, ring, ring_send_recv, "1 round, S"},

    GeneratorEntry{gather, pairwise, pairwise_gather, "1 round, S/n to the root from each"},
    GeneratorEntry{gather, tree, binomial_gather, "L rounds, up to S/2"},

    GeneratorEntry{scatter, pairwise, pairwise_scatter, "1 round, (n-1)/n S from the root"},
    GeneratorEntry{scatter, tree, binomial_scatter, "L rounds, (n-1)/n S from the root"},
};

Collective listed_as(Collective collective) { return collective == all_to_allv ? all_to_all : collective; }

const GeneratorEntry& find_entry(const ScheduleRequest& request) {
  std::string known;
  for (const GeneratorEntry& entry : kTable) {
    if (entry.collective != listed_as(request.collective)) continue;
    if (entry.algorithm == request.algorithm) return entry;
    known += (known.empty() ? "" : ", ") + std::string(name_of(entry.algorithm));
  }
  throw Error("no " + std::string(name_of(request.algorithm)) + " schedule for " +
              std::string(name_of(request.collective)) + ": use " + known);
}

void check_range(const char* what, int value, int low, int high) {
  if (value >= low && value <= high) return;
  throw Error("a schedule cannot have " + std::string(what) + " " + std::to_string(value) + ": use " +
              std::to_string(low) + " to " + std::to_string(high));
}

}  // namespace

std::span<const GeneratorEntry> generator_table() { return kTable; }

std::vector<Algorithm> algorithms_of(Collective collective) {
  std::vector<Algorithm> result;
  for (const GeneratorEntry& entry : kTable) {
    if (entry.collective == listed_as(collective)) result.push_back(entry.algorithm);
  }
  return result;
}

Schedule make_schedule(const ScheduleRequest& request) {
  const GeneratorEntry& entry = find_entry(request);
  check_range("ranks", request.ranks, 1, kMaxRanks);
  check_range("channels", request.channels, 1, kMaxChannels);
  check_range("root", request.root, 0, request.ranks - 1);
  check_range("group_size", request.group_size, 1, request.ranks);
  return entry.generate(request);
}

}  // namespace muster
