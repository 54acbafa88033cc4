// SPDX-License-Identifier: Apache-2.0
// The graph of the transport `cuda`, carried out on host memory: in many orders, for every schedule; and proven by
// looking at every pair of nodes that touch the same bytes.
#include "collectives/transports/gpu_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>

#include "collectives/generators.hpp"

namespace muster {
namespace {

/// Ranks with memory, laid out as a transport lays it out, and the plan of one operation over it.
class Machine {
 public:
  struct Wish {
    Collective collective = Collective::all_reduce;
    Algorithm algorithm = Algorithm::ring;
    int ranks = 2;
    int channels = 1;
    Bytes size{};
    Placement placement = Placement::out_of_place;
    int ranks_per_gpu = 64;  ///< more than all: one GPU
  };

  explicit Machine(const Wish& wish) {
    problem_ = problem_of_size(wish.collective, wish.ranks, wish.size, ElementType::uint8);
    problem_.placement = wish.placement;
    const bool has_root = wish.collective == Collective::broadcast || wish.collective == Collective::reduce;
    problem_.root = has_root ? wish.ranks / 2 : 0;
    for (std::size_t i = 0; i < problem_.traffic.size(); ++i) problem_.traffic[i] = i * 7 % 23;  // uneven, some empty
    const Schedule schedule = make_schedule(
        {wish.collective, wish.algorithm, wish.ranks, wish.channels, problem_.root, (wish.ranks + 1) / 2});
    for (int rank = 0; rank < wish.ranks; ++rank) programs_.push_back(expand(schedule, problem_, rank));
    std::vector<GpuRank> ranks;
    for (int rank = 0; rank < wish.ranks; ++rank) ranks.push_back(gpu_rank(rank, wish.ranks_per_gpu));
    plan_ = plan_gpu(ranks);
  }

  GpuPlan& plan() { return plan_; }
  const std::vector<std::vector<std::byte>>& stagings() const { return stagings_; }

  void reset() {
    for (std::size_t rank = 0; rank < memories_.size(); ++rank) {
      std::ranges::fill(arenas_[rank], std::byte{0xA5});
      std::ranges::fill(stagings_[rank], std::byte{0x5A});
      for (std::size_t i = 0; i < memories_[rank].input.size(); ++i) memories_[rank].input[i] = input(rank, i);
    }
  }

  void run(std::size_t index) const {
    const GpuNode& node = plan_[index];
    for (std::uint64_t i = 0; i < node.bytes; ++i) {
      const auto own = node.combine == Combine::reduce ? static_cast<unsigned>(node.own[i]) : 0u;
      node.to[i] = static_cast<std::byte>(own + static_cast<unsigned>(node.from[i]));
    }
  }

  int wrong_bytes() const {
    int wrong = 0;
    for (int block = 0; block < block_count(problem_.collective, problem_.ranks); ++block) {
      const RankRange sources = contributors(problem_, block);
      for (int rank = 0; rank < problem_.ranks; ++rank) {
        if (!needs(problem_, rank, block)) continue;
        const ElementRange out = output_range(problem_, rank, block);
        for (std::uint64_t i = 0; i < out.count; ++i) {
          unsigned sum = 0;
          for (int source = sources.first; source < sources.first + sources.count; ++source) {
            const std::uint64_t at = input_range(problem_, source, block).first + i;
            sum += static_cast<unsigned>(input(static_cast<std::size_t>(source), at));
          }
          wrong += memories_[static_cast<std::size_t>(rank)].output[out.first + i] != static_cast<std::byte>(sum);
        }
      }
    }
    return wrong;
  }

 private:
  static std::byte input(std::size_t rank, std::uint64_t i) {
    return static_cast<std::byte>((i * 2654435761u + rank * 40503u) >> 7);
  }

  GpuRank gpu_rank(int rank, int ranks_per_gpu) {
    const Program& program = programs_[static_cast<std::size_t>(rank)];
    const std::uint64_t in = input_count(problem_, rank), out = output_count(problem_, rank);
    const InPlace offsets =
        problem_.placement == Placement::in_place ? *in_place_offsets(problem_, rank) : InPlace{.output_offset = in};
    const std::uint64_t scratch_at = std::max(offsets.input_offset + in, offsets.output_offset + out);
    arenas_.emplace_back(scratch_at + program.scratch_bytes + 1);
    const std::span<std::byte> all(arenas_.back());
    memories_.push_back({all.subspan(offsets.input_offset, in), all.subspan(offsets.output_offset, out),
                         all.subspan(scratch_at, program.scratch_bytes)});
    GpuRank result{.program = &program, .memory = memories_.back()};
    for (int other = 0; other < problem_.ranks; ++other) {
      if (other / ranks_per_gpu != rank / ranks_per_gpu) result.unreadable.push_back(other);
    }
    stagings_.emplace_back(staging_bytes(program, result.unreadable));
    result.staging = stagings_.back();
    return result;
  }

  Problem problem_;
  std::vector<Program> programs_;
  std::vector<std::vector<std::byte>> arenas_, stagings_;
  std::vector<RankMemory> memories_;
  GpuPlan plan_;
};

/// Nodes in an order that their edges allow; `pick(n)` chooses one of n that could go next, by age.
std::vector<std::size_t> order_of(const GpuPlan& plan, const std::function<std::size_t(std::size_t)>& pick) {
  std::vector<std::vector<std::size_t>> followers(plan.size());
  std::vector<std::size_t> missing(plan.size()), ready, order;
  for (std::size_t node = 0; node < plan.size(); ++node) {
    missing[node] = plan[node].after.size();
    for (const int before : plan[node].after) followers[static_cast<std::size_t>(before)].push_back(node);
    if (missing[node] == 0) ready.push_back(node);
  }
  while (!ready.empty()) {
    const auto chosen = ready.begin() + static_cast<std::ptrdiff_t>(pick(ready.size()));
    order.push_back(*chosen);
    ready.erase(chosen);
    for (const std::size_t follower : followers[order.back()]) {
      if (--missing[follower] == 0) ready.push_back(follower);
    }
  }
  return order;
}

struct Extent {
  const std::byte* begin;
  std::uint64_t bytes;
  bool meets(const Extent& other) const {
    return std::less<>()(begin, other.begin + other.bytes) && std::less<>()(other.begin, begin + bytes);
  }
};

bool clash(const GpuNode& a, const GpuNode& b) {
  const auto writes_what_other_uses = [](const GpuNode& writer, const GpuNode& other) {
    const Extent to{writer.to, writer.bytes};
    return to.meets({other.to, other.bytes}) || to.meets({other.from, other.bytes}) ||
           (other.combine == Combine::reduce && to.meets({other.own, other.bytes}));
  };
  return writes_what_other_uses(a, b) || writes_what_other_uses(b, a);
}

/// Pairs of nodes that touch the same bytes, one of them writing, while no path says which goes first.
int unordered_clashes(const GpuPlan& plan) {
  std::vector<std::vector<bool>> before(plan.size(), std::vector<bool>(plan.size()));
  int clashes = 0;
  for (std::size_t node = 0; node < plan.size(); ++node) {
    for (const int parent : plan[node].after) {
      const auto p = static_cast<std::size_t>(parent);
      before[node][p] = true;
      for (std::size_t other = 0; other < p; ++other) before[node][other] = before[node][other] || before[p][other];
    }
    for (std::size_t other = 0; other < node; ++other) {
      clashes += !before[node][other] && clash(plan[node], plan[other]);
    }
  }
  return clashes;
}

std::vector<Machine::Wish> wishes(int ranks) {
  std::vector<Machine::Wish> all;
  for (const GeneratorEntry& entry : generator_table()) {
    for (const std::uint64_t size : {0u, 3u, 1000u, 2999u}) {
      for (const int channels : {1, 6}) {
        for (const Placement placement : {Placement::out_of_place, Placement::in_place}) {
          const Problem problem{.collective = entry.collective, .ranks = ranks, .count = 1, .placement = placement};
          if (placement == Placement::in_place && !in_place_offsets(problem, 0)) continue;
          all.push_back({entry.collective, entry.algorithm, ranks, channels, {size}, placement});
          if (entry.collective != Collective::all_to_all) continue;
          all.push_back({Collective::all_to_allv, entry.algorithm, ranks, channels, {size}, placement});
        }
      }
    }
  }
  return all;
}

std::string text_of(const Machine::Wish& wish) {
  return std::string(name_of(wish.collective)) + " " + std::string(name_of(wish.algorithm)) + ", " +
         std::to_string(wish.ranks) + " ranks, " + std::to_string(wish.channels) + " channels, " +
         std::to_string(wish.size.value) + " bytes, " + std::string(name_of(wish.placement));
}

class GpuPlanOf : public testing::TestWithParam<int> {};

TEST_P(GpuPlanOf, EveryScheduleIsRightInEveryOrderThatItsEdgesAllow) {
  std::mt19937_64 random(GetParam());
  for (Machine::Wish wish : wishes(GetParam())) {
    for (const int ranks_per_gpu : {64, 2}) {
      wish.ranks_per_gpu = ranks_per_gpu;
      Machine machine(wish);
      const auto at_random = [&](std::size_t n) { return random() % n; };
      const auto oldest = [](std::size_t) { return std::size_t{0}; };
      const auto newest = [](std::size_t n) { return n - 1; };
      for (const std::function<std::size_t(std::size_t)>& pick :
           std::vector<std::function<std::size_t(std::size_t)>>{oldest, newest, at_random, at_random, at_random}) {
        machine.reset();
        const std::vector<std::size_t> order = order_of(machine.plan(), pick);
        ASSERT_EQ(order.size(), machine.plan().size()) << text_of(wish);
        for (const std::size_t node : order) machine.run(node);
        ASSERT_EQ(machine.wrong_bytes(), 0) << text_of(wish);
      }
    }
  }
}

TEST_P(GpuPlanOf, EveryPairThatMeetsInMemoryHasAnOrder) {
  for (Machine::Wish wish : wishes(GetParam())) {
    for (const int ranks_per_gpu : {64, 1}) {
      wish.ranks_per_gpu = ranks_per_gpu;
      EXPECT_EQ(unordered_clashes(Machine(wish).plan()), 0) << text_of(wish);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Ranks, GpuPlanOf, testing::Range(1, 10), testing::PrintToStringParamName());

/// Without an edge, two nodes may meet in memory at the same time.
TEST(GpuPlan, HasNoEdgeThatCouldBeLeftOut) {
  int edges = 0, spare = 0;
  for (const int ranks : {2, 3, 4, 5}) {
    for (const Machine::Wish& wish : wishes(ranks)) {
      if (wish.size.value != 1000) continue;
      Machine machine(wish);
      for (std::size_t node = 0; node < machine.plan().size(); ++node) {
        const std::vector<int> after = machine.plan()[node].after;
        for (const int left_out : after) {
          std::erase(machine.plan()[node].after, left_out);
          ++edges;
          spare += unordered_clashes(machine.plan()) == 0;
          machine.plan()[node].after = after;
        }
      }
    }
  }
  EXPECT_GT(edges, 1000);
  EXPECT_EQ(spare, 0);
}

TEST(GpuPlan, OfAnotherGpuThatCannotBeReadAddsOnlyFromItsOwnStaging) {
  Machine machine({.algorithm = Algorithm::ring, .ranks = 4, .channels = 3, .size = {4000}, .ranks_per_gpu = 1});
  for (const GpuNode& node : machine.plan()) {
    if (node.combine == Combine::copy) continue;
    const std::vector<std::byte>& staging = machine.stagings()[static_cast<std::size_t>(node.rank)];
    EXPECT_TRUE(node.from >= staging.data() && node.from + node.bytes <= staging.data() + staging.size());
  }
}

TEST(GpuPlan, NeedsNoStagingWhereEverythingCanBeRead) {
  EXPECT_EQ(Machine({.ranks = 4, .size = {4000}}).stagings().front().size(), 0u);
}

TEST(GpuPlan, LetsChannelsRunBesideEachOther) {
  Machine machine({.ranks = 2, .channels = 3, .size = {6000}});
  int without_predecessor = 0;
  for (const GpuNode& node : machine.plan()) without_predecessor += node.after.empty();
  EXPECT_EQ(without_predecessor, 2 * 3);  // the first sum of each rank in each channel
}

std::uint64_t traffic(Collective collective, Algorithm algorithm, Placement placement) {
  return memory_traffic(Machine({collective, algorithm, 4, 2, {4096}, placement}).plan()).value;
}

TEST(GpuPlan, CostsTheMemoryTrafficThatItsHeaderSays) {
  constexpr std::uint64_t n = 4, S = 4096;
  constexpr auto kOut = Placement::out_of_place, kIn = Placement::in_place;
  EXPECT_EQ(traffic(Collective::all_reduce, Algorithm::ring, kOut), 5 * (n - 1) * S);
  EXPECT_EQ(traffic(Collective::all_reduce, Algorithm::ring, kIn), 5 * (n - 1) * S);
  EXPECT_EQ(traffic(Collective::all_gather, Algorithm::ring, kOut), 2 * n * S);
  EXPECT_EQ(traffic(Collective::all_gather, Algorithm::ring, kIn), 2 * n * S - 2 * S);
  EXPECT_EQ(traffic(Collective::reduce_scatter, Algorithm::ring, kOut), 3 * (n - 1) * S);
  EXPECT_EQ(traffic(Collective::all_to_all, Algorithm::pairwise, kOut), 2 * n * S);
  EXPECT_EQ(traffic(Collective::broadcast, Algorithm::ring, kOut), 2 * n * S);
  EXPECT_EQ(traffic(Collective::broadcast, Algorithm::ring, kIn), 2 * n * S - 2 * S);
  EXPECT_EQ(traffic(Collective::reduce, Algorithm::ring, kOut), 3 * (n - 1) * S);
  EXPECT_EQ(traffic(Collective::send_recv, Algorithm::ring, kOut), 2 * n * S);
}

}  // namespace
}  // namespace muster
