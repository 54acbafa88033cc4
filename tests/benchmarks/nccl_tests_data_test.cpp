// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "benchmarks/nccl_tests/perf_data.hpp"
#include "collectives/team.hpp"
#include "kernels/element_format.hpp"

namespace muster {
namespace {

constexpr std::size_t kElements = 40;

std::vector<double> values_of(const PerfData& data, const Problem& problem, int rank) {
  std::vector<std::byte> bytes(kElements * size_of(problem.type));
  data.fill(bytes, rank, 0);
  std::vector<double> values;
  with_format(problem.type, [&](auto format) {
    using Format = decltype(format);
    for (std::size_t i = 0; i < kElements; ++i) {
      typename Format::Bits bits;
      std::memcpy(&bits, bytes.data() + i * sizeof bits, sizeof bits);
      values.push_back(Format::value_of(bits));
    }
  });
  return values;
}

/// The right result by arithmetic in double, which is exact for these small numbers.
double combined(const std::vector<std::vector<double>>& terms, std::size_t i, ReduceOperation operation) {
  double result = terms[0][i] * (operation == ReduceOperation::mulsum ? mulsum_factor(0) : 1);
  for (std::size_t rank = 1; rank < terms.size(); ++rank) {
    const double term = terms[rank][i];
    switch (operation) {
      case ReduceOperation::sum:
      case ReduceOperation::avg:
        result += term;
        break;
      case ReduceOperation::mulsum:
        result += term * mulsum_factor(static_cast<int>(rank));
        break;
      case ReduceOperation::prod:
        result *= term;
        break;
      case ReduceOperation::min:
        result = std::min(result, term);
        break;
      case ReduceOperation::max:
        result = std::max(result, term);
        break;
    }
  }
  return operation == ReduceOperation::avg ? result / static_cast<double>(terms.size()) : result;
}

TEST(PerfData, Accept_the_right_result_of_every_operation_and_refuse_any_other) {
  using enum ReduceOperation;
  for (const ElementType type : {ElementType::float32, ElementType::float64}) {
    for (const ReduceOperation operation : {sum, prod, min, max, avg, mulsum}) {
      const Problem problem{
          .collective = Collective::all_reduce, .ranks = 4, .count = kElements, .type = type, .operation = operation};
      const PerfData data(problem, 1);
      std::vector<std::vector<double>> terms;
      for (int rank = 0; rank < problem.ranks; ++rank) terms.push_back(values_of(data, problem, rank));
      std::vector<std::byte> result(kElements * size_of(type));
      const auto store = [&](std::size_t i, double value) {
        const auto narrow = static_cast<float>(value);
        if (type == ElementType::float32) std::memcpy(result.data() + i * sizeof narrow, &narrow, sizeof narrow);
        if (type == ElementType::float64) std::memcpy(result.data() + i * sizeof value, &value, sizeof value);
      };
      for (std::size_t i = 0; i < kElements; ++i) store(i, combined(terms, i, operation));
      EXPECT_EQ(data.wrong_in(result, 0, 0), 0u) << name_of(operation);
      for (std::size_t i = 0; i < kElements; ++i) store(i, combined({terms[0], terms[1], terms[2]}, i, operation));
      const std::uint64_t without_a_rank = data.wrong_in(result, 0, 0);
      EXPECT_GE(without_a_rank, kElements / 8) << name_of(operation) << " does not notice a missing rank";
    }
  }
}

TEST(PerfData, Allow_two_units_in_the_last_place_for_avg_of_floats_alone) {
  Problem problem{.ranks = 3, .count = 1, .operation = ReduceOperation::avg};
  const PerfData data(problem, 1);
  const double mean =
      (values_of(data, problem, 0)[0] + values_of(data, problem, 1)[0] + values_of(data, problem, 2)[0]) / 3;
  const auto wrong = [&](double value) {
    const auto narrow = static_cast<float>(value);
    return data.wrong_in(std::as_bytes(std::span(&narrow, 1)), 0, 0);
  };
  EXPECT_EQ(wrong(mean * (1 + 1e-7)), 0u);
  EXPECT_EQ(wrong(mean * (1 + 1e-6)), 1u);
}

TEST(Teams, SplitByColourInTheirOldOrder) {
  run_on_threads(5, [](Team& world) {
    const std::unique_ptr<Team> part = world.split(world.rank() % 2);
    EXPECT_EQ(part->ranks(), world.rank() % 2 == 0 ? 3 : 2);
    EXPECT_EQ(part->rank(), world.rank() / 2);
    const std::vector<int> members = all_gather(*part, world.rank());
    for (std::size_t i = 0; i < members.size(); ++i) {
      EXPECT_EQ(members[i], world.rank() % 2 + 2 * static_cast<int>(i));
    }
    world.barrier();
  });
}

TEST(Teams, ThatAreSplitEndTogetherWhenOneRankFails) {
  EXPECT_THROW(run_on_threads(4,
                              [](Team& world) {
                                const std::unique_ptr<Team> part = world.split(world.rank() / 2);
                                if (world.rank() == 0) throw std::runtime_error("rank 0 fails");
                                for (;;) part->barrier();
                              }),
               std::runtime_error);
}

}  // namespace
}  // namespace muster
