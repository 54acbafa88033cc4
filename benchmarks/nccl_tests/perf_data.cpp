// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/nccl_tests/perf_data.hpp"

#include <cmath>
#include <cstring>
#include <vector>

#include "core/error.hpp"
#include "kernels/combine.hpp"
#include "kernels/element_format.hpp"
#include "kernels/fill.hpp"

namespace muster {
namespace {

/// mulsum doubles the data of every other rank, so the exact values must leave room for twice as many terms.
DataSpec spec_of(const Problem& problem, std::uint64_t seed) {
  const int terms = problem.operation == ReduceOperation::mulsum ? 2 * problem.ranks : problem.ranks;
  return {.pattern = Pattern::exact, .seed = seed, .ranks = terms, .type = problem.type};
}

/// At each element one rank in turn has a factor of 2 or 3 and the others 1: a product of any number of ranks fits the
/// smallest type, and a factor that is lost or counted twice shows.
void fill_factors(std::span<std::byte> data, const Problem& problem, int rank, std::uint64_t first) {
  const auto ranks = static_cast<std::uint64_t>(problem.ranks);
  with_format(problem.type, [&](auto format) {
    using Format = decltype(format);
    using Bits = typename Format::Bits;
    for (std::uint64_t i = 0; i < data.size() / sizeof(Bits); ++i) {
      const std::uint64_t index = first + i;
      const bool is_turn = index % ranks == static_cast<std::uint64_t>(rank);
      const Bits bits = Format::from_whole(is_turn ? 2 + static_cast<int>(index / ranks % 2) : 1);
      std::memcpy(data.data() + i * sizeof(Bits), &bits, sizeof(Bits));
    }
  });
}

/// ncclAvg multiplies by a rounded 1/n before it adds: nccl-tests allows two units in the last place.
template <typename Format>
bool is_near(typename Format::Bits found, typename Format::Bits expected) {
  constexpr double kUnits = 2;
  const double wanted = Format::value_of(expected);
  return std::abs(Format::value_of(found) - wanted) <= kUnits * Format::kEpsilon * std::abs(wanted);
}

std::uint64_t differences(std::span<const std::byte> found, std::span<const std::byte> expected,
                          const Problem& problem) {
  std::uint64_t wrong = 0;
  with_format(problem.type, [&](auto format) {
    using Format = decltype(format);
    using Bits = typename Format::Bits;
    for (std::size_t at = 0; at < found.size(); at += sizeof(Bits)) {
      Bits have, want;
      std::memcpy(&have, found.data() + at, sizeof(Bits));
      std::memcpy(&want, expected.data() + at, sizeof(Bits));
      bool is_right = have == want;
      if constexpr (Format::kFloating) {
        is_right = is_right || (problem.operation == ReduceOperation::avg && is_near<Format>(have, want));
      }
      if (!is_right) ++wrong;
    }
  });
  return wrong;
}

}  // namespace

bool PerfData::has_only_sums() const {
  return !reduces(problem_.collective) || problem_.operation == ReduceOperation::sum;
}

void PerfData::fill(std::span<std::byte> data, int rank, std::uint64_t first) const {
  if (reduces(problem_.collective) && problem_.operation == ReduceOperation::prod) {
    fill_factors(data, problem_, rank, first);
  } else {
    muster::fill(data, spec_of(problem_, seed_), rank, first);
  }
}

void PerfData::combine_terms(std::span<std::byte> result, std::uint64_t first) const {
  const ReduceOperation operation = problem_.operation;
  std::vector<std::byte> term(result.size());
  for (int rank = 0; rank < problem_.ranks; ++rank) {
    const std::span<std::byte> target = rank == 0 ? result : std::span(term);
    fill(target, rank, first);
    if (operation == ReduceOperation::mulsum) scale_host(target, target, {mulsum_factor(rank)}, problem_.type);
    if (rank > 0) combine_host(operation)(result, result, term, problem_.type);
  }
  if (operation == ReduceOperation::avg) scale_host(result, result, {1, problem_.ranks}, problem_.type);
}

std::uint64_t PerfData::wrong_in(std::span<const std::byte> found, int block, std::uint64_t first) const {
  const RankRange sources = contributors(problem_, block);
  const std::uint64_t input = input_range(problem_, sources.first, block).first + first;
  if (has_only_sums()) {
    return verify(found, spec_of(problem_, seed_), sources.first, sources.count, input).wrong;
  }
  std::vector<std::byte> expected(found.size());
  combine_terms(expected, input);
  return differences(found, expected, problem_);
}

}  // namespace muster
