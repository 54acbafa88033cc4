// SPDX-License-Identifier: Apache-2.0
// Limits of small random machines against all of their cuts, one by one, with nothing taken from the product but the
// graph.
#include <gtest/gtest.h>

#include "tests/topology/random_graphs.hpp"
#include "topology/limits/limits.hpp"

namespace muster {
namespace {

using testing::for_each_cut;
using testing::random_machine;
using testing::ranks_in;

constexpr std::uint32_t kSeeds = 150;

/// Odd seeds have links of one rate only, so that symmetries and ties abound.
Topology machine_of(std::uint32_t seed) {
  return random_machine({.ranks = 2 + static_cast<int>(seed % 5),
                         .switches = static_cast<int>(seed % 4),
                         .links = 3 + static_cast<int>(seed % 11),
                         .most_rate = seed % 2 == 0 ? 8 : 1},
                        seed);
}

Rational seconds(const Topology& topology, Collective collective) {
  return limits_of(topology, {.collective = collective}).front().seconds_per_byte;
}

/// Largest over all cuts of need(ranks on the source side) / capacity, in seconds per byte.
template <typename Need>
Rational worst_cut(const Topology& topology, Need need) {
  const FlowGraph graph = flow_graph(topology, {});
  Rational worst{0};
  for_each_cut(graph, [&](std::uint32_t side, WideInt capacity) {
    worst = std::max(worst, need(side, ranks_in(graph, side)) / Rational::of(capacity * graph.unit, 1));
  });
  return worst;
}

TEST(LimitsOfRandomMachines, for_all_gather_are_the_worst_of_all_cuts) {
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    const Topology topology = machine_of(seed);
    const int ranks = static_cast<int>(rank_devices(topology).size());
    const Rational worst = worst_cut(topology, [&](std::uint32_t, int inside) { return Rational::of(inside, ranks); });
    EXPECT_EQ(seconds(topology, Collective::all_gather), worst) << "seed " << seed;
  }
}

TEST(LimitsOfRandomMachines, for_reduce_scatter_are_the_worst_of_all_cuts_from_the_other_side) {
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    const Topology topology = machine_of(seed);
    const int ranks = static_cast<int>(rank_devices(topology).size());
    const Rational worst =
        worst_cut(topology, [&](std::uint32_t, int inside) { return Rational::of(ranks - inside, ranks); });
    EXPECT_EQ(seconds(topology, Collective::reduce_scatter), worst) << "seed " << seed;
  }
}

TEST(LimitsOfRandomMachines, for_all_reduce_lie_between_the_worst_cut_and_two_phases) {
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    const Topology topology = machine_of(seed);
    const Rational worst = worst_cut(topology, [](std::uint32_t, int) { return Rational(1); });
    const Rational limit = seconds(topology, Collective::all_reduce);
    EXPECT_GE(limit, worst) << "seed " << seed;
    EXPECT_LE(limit, seconds(topology, Collective::all_gather) + seconds(topology, Collective::reduce_scatter))
        << "seed " << seed;
    bool has_two_sided = false;
    for (const CollectiveLimit& each : limits_of(topology, {.collective = Collective::all_reduce}))
      has_two_sided = has_two_sided || (each.bound == "two-sided cut" && each.seconds_per_byte == worst);
    EXPECT_TRUE(has_two_sided) << "seed " << seed;
  }
}

TEST(LimitsOfRandomMachines, for_broadcast_and_reduce_are_the_worst_of_all_cuts_beside_the_root) {
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    const Topology topology = machine_of(seed);
    const auto has_root = [](std::uint32_t side) { return static_cast<int>(side & 1); };
    EXPECT_EQ(seconds(topology, Collective::broadcast),
              worst_cut(topology, [&](std::uint32_t side, int) { return Rational(has_root(side)); }));
    EXPECT_EQ(seconds(topology, Collective::reduce),
              worst_cut(topology, [&](std::uint32_t side, int) { return Rational(1 - has_root(side)); }));
  }
}

TEST(LimitsOfRandomMachines, for_gather_and_scatter_lie_between_the_cut_around_the_root_and_the_worst_of_all) {
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    const Topology topology = machine_of(seed);
    const int ranks = static_cast<int>(rank_devices(topology).size());
    const auto of_others = [&](std::uint32_t side, int inside) {
      return (side & 1) != 0 ? Rational::of(ranks - inside, ranks) : Rational(0);
    };
    const auto to_root = [&](std::uint32_t side, int inside) {
      return (side & 1) == 0 ? Rational::of(inside, ranks) : Rational(0);
    };
    const auto around_root = [&](auto weight, int inside_wanted) {
      return worst_cut(topology, [=](std::uint32_t side, int inside) {
        return inside == inside_wanted ? weight(side, inside) : Rational(0);
      });
    };
    const Rational scatter = seconds(topology, Collective::scatter), gather = seconds(topology, Collective::gather);
    EXPECT_LE(scatter, worst_cut(topology, of_others)) << "seed " << seed;
    EXPECT_GE(scatter, around_root(of_others, 1)) << "seed " << seed;
    EXPECT_LE(gather, worst_cut(topology, to_root)) << "seed " << seed;
    EXPECT_GE(gather, around_root(to_root, ranks - 1)) << "seed " << seed;
  }
}

TEST(LimitsOfRandomMachines, for_all_to_all_are_met_by_a_routing_and_no_cut_is_worse) {
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    const Topology topology = machine_of(seed);
    const int ranks = static_cast<int>(rank_devices(topology).size());
    const CollectiveLimit limit = limits_of(topology, {.collective = Collective::all_to_all}).front();
    const Rational worst =
        worst_cut(topology, [&](std::uint32_t, int inside) { return Rational::of(inside * (ranks - inside), ranks); });
    EXPECT_EQ(limit.tightness, Tightness::optimum) << "seed " << seed;
    // The lengths behind the bound are rounded to 2^-40; a cut says the same in fewer digits.
    EXPECT_GE(limit.seconds_per_byte.value(), worst.value() * (1 - 1e-9)) << "seed " << seed;
  }
}

TEST(LimitsOfRandomMachines, for_send_recv_are_no_better_than_any_cut_allows_to_prove) {
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    const Topology topology = machine_of(seed);
    const int ranks = static_cast<int>(rank_devices(topology).size());
    const Rational worst = worst_cut(topology, [&](std::uint32_t side, int) {
      int crossing = 0;
      for (int rank = 0; rank < ranks; ++rank)
        crossing += static_cast<int>((side >> rank & 1) != 0 && (side >> ((rank + 1) % ranks) & 1) == 0);
      return Rational(crossing);
    });
    EXPECT_LE(seconds(topology, Collective::send_recv), worst) << "seed " << seed;
  }
}

TEST(LimitsOfRandomMachines, never_rise_when_a_link_loses_half_its_rate) {
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    const Topology healthy = machine_of(seed);
    Topology faulty = healthy;
    faulty.links[seed % faulty.links.size()].capacity.line.value /= 2;
    for (const Collective collective : {Collective::all_gather, Collective::reduce_scatter, Collective::all_reduce,
                                        Collective::broadcast, Collective::send_recv})
      EXPECT_GE(seconds(faulty, collective), seconds(healthy, collective)) << name_of(collective) << ", seed " << seed;
    EXPECT_GE(seconds(faulty, Collective::all_to_all).value(),
              seconds(healthy, Collective::all_to_all).value() * (1 - 1e-9))
        << "seed " << seed;
  }
}

}  // namespace
}  // namespace muster
