// SPDX-License-Identifier: Apache-2.0
// The layout of every collective: one switch per question, and the arithmetic of blocks, sizes and pieces.
#include "collectives/problem.hpp"

#include <algorithm>

#include "core/error.hpp"

namespace muster {
namespace {

constexpr std::uint64_t kCacheLine = 64;  // bytes, on every host and GPU that we know

std::uint64_t as_count(int value) { return static_cast<std::uint64_t>(value); }

std::uint64_t checked_product(std::uint64_t a, std::uint64_t b) {
  std::uint64_t result = 0;
  if (__builtin_mul_overflow(a, b, &result)) {
    throw Error("a collective of " + std::to_string(a) + " x " + std::to_string(b) +
                " elements or bytes does not fit in 64 bits: use a smaller size");
  }
  return result;
}

std::uint64_t checked_sum(std::uint64_t a, std::uint64_t b) {
  std::uint64_t result = 0;
  if (__builtin_add_overflow(a, b, &result)) {
    throw Error("the traffic of a rank does not fit in 64 bits: use a matrix with smaller entries");
  }
  return result;
}

void check_ranks(int ranks) {
  if (ranks < 1 || ranks > kMaxRanks) {
    throw Error("a collective over " + std::to_string(ranks) + " ranks is not possible: use 1 to " +
                std::to_string(kMaxRanks));
  }
}

/// Blocks of which a rank's larger buffer consists; not for all_to_allv.
int blocks_per_buffer(Collective collective, int ranks) {
  switch (collective) {
    case Collective::all_gather:
    case Collective::reduce_scatter:
    case Collective::all_to_all:
    case Collective::gather:
    case Collective::scatter:
      return ranks;
    default:
      return 1;
  }
}

std::uint64_t traffic(const Problem& problem, int source, int target) {
  return problem.traffic.at(as_count(source) * as_count(problem.ranks) + as_count(target));
}

/// Elements that `source` sends to the ranks before `end`.
std::uint64_t sent_before(const Problem& problem, int source, int end) {
  std::uint64_t sum = 0;
  for (int target = 0; target < end; ++target) sum = checked_sum(sum, traffic(problem, source, target));
  return sum;
}

/// Elements that `target` receives from the ranks before `end`.
std::uint64_t received_before(const Problem& problem, int target, int end) {
  std::uint64_t sum = 0;
  for (int source = 0; source < end; ++source) sum = checked_sum(sum, traffic(problem, source, target));
  return sum;
}

ElementRange equal_block(const Problem& problem, int index) { return {as_count(index) * problem.count, problem.count}; }

}  // namespace

Bytes size_of(const Problem& problem) {
  const std::uint64_t element = size_of(problem.type);
  if (problem.collective != Collective::all_to_allv) {
    const int blocks = blocks_per_buffer(problem.collective, problem.ranks);
    return {checked_product(checked_product(problem.count, as_count(blocks)), element)};
  }
  std::uint64_t largest = 0;
  for (int rank = 0; rank < problem.ranks; ++rank) {
    largest = std::max({largest, input_count(problem, rank), output_count(problem, rank)});
  }
  return {checked_product(largest, element)};
}

Problem problem_of_size(Collective collective, int ranks, Bytes size, ElementType type) {
  check_ranks(ranks);
  Problem problem{.collective = collective, .ranks = ranks, .type = type};
  const std::uint64_t elements = size.value / size_of(type);
  if (collective == Collective::all_to_allv) {
    problem.traffic.assign(as_count(ranks) * as_count(ranks), elements / as_count(ranks));
  } else {
    problem.count = elements / as_count(blocks_per_buffer(collective, ranks));
  }
  return problem;
}

int block_count(Collective collective, int ranks) {
  check_ranks(ranks);
  switch (collective) {
    case Collective::all_reduce:
    case Collective::broadcast:
    case Collective::reduce:
      return 1;
    case Collective::all_gather:
    case Collective::reduce_scatter:
    case Collective::send_recv:
    case Collective::gather:
    case Collective::scatter:
      return ranks;
    case Collective::all_to_all:
    case Collective::all_to_allv:
      return ranks * ranks;
  }
  MUSTER_ASSERT(!"a collective without blocks");
  return 0;
}

RankRange contributors(const Problem& problem, int block) {
  switch (problem.collective) {
    case Collective::all_reduce:
    case Collective::reduce_scatter:
    case Collective::reduce:
      return {0, problem.ranks};
    case Collective::broadcast:
    case Collective::scatter:
      return {problem.root, 1};
    case Collective::all_gather:
    case Collective::send_recv:
    case Collective::gather:
      return {block, 1};
    case Collective::all_to_all:
    case Collective::all_to_allv:
      return {block / problem.ranks, 1};
  }
  MUSTER_ASSERT(!"a collective without contributors");
  return {};
}

RankRange receivers(const Problem& problem, int block) {
  switch (problem.collective) {
    case Collective::all_reduce:
    case Collective::all_gather:
    case Collective::broadcast:
      return {0, problem.ranks};
    case Collective::reduce:
    case Collective::gather:
      return {problem.root, 1};
    case Collective::reduce_scatter:
    case Collective::scatter:
      return {block, 1};
    case Collective::send_recv:
      return {(block + 1) % problem.ranks, 1};
    case Collective::all_to_all:
    case Collective::all_to_allv:
      return {block % problem.ranks, 1};
  }
  MUSTER_ASSERT(!"a collective without receivers");
  return {};
}

bool contributes(const Problem& problem, int rank, int block) { return contributors(problem, block).contains(rank); }

bool needs(const Problem& problem, int rank, int block) { return receivers(problem, block).contains(rank); }

ElementRange input_range(const Problem& problem, int rank, int block) {
  MUSTER_ASSERT(contributes(problem, rank, block));
  switch (problem.collective) {
    case Collective::reduce_scatter:
    case Collective::scatter:
      return equal_block(problem, block);
    case Collective::all_to_all:
      return equal_block(problem, block % problem.ranks);
    case Collective::all_to_allv: {
      const int target = block % problem.ranks;
      return {sent_before(problem, rank, target), traffic(problem, rank, target)};
    }
    default:
      return {0, problem.count};
  }
}

ElementRange output_range(const Problem& problem, int rank, int block) {
  MUSTER_ASSERT(needs(problem, rank, block));
  switch (problem.collective) {
    case Collective::all_gather:
    case Collective::gather:
      return equal_block(problem, block);
    case Collective::all_to_all:
      return equal_block(problem, block / problem.ranks);
    case Collective::all_to_allv: {
      const int source = block / problem.ranks;
      return {received_before(problem, rank, source), traffic(problem, source, rank)};
    }
    default:
      return {0, problem.count};
  }
}

std::uint64_t input_count(const Problem& problem, int rank) {
  switch (problem.collective) {
    case Collective::broadcast:
      return rank == problem.root ? problem.count : 0;
    case Collective::scatter:
      return rank == problem.root ? checked_product(problem.count, as_count(problem.ranks)) : 0;
    case Collective::reduce_scatter:
    case Collective::all_to_all:
      return checked_product(problem.count, as_count(problem.ranks));
    case Collective::all_to_allv:
      return sent_before(problem, rank, problem.ranks);
    default:
      return problem.count;
  }
}

std::uint64_t output_count(const Problem& problem, int rank) {
  switch (problem.collective) {
    case Collective::reduce:
      return rank == problem.root ? problem.count : 0;
    case Collective::gather:
      return rank == problem.root ? checked_product(problem.count, as_count(problem.ranks)) : 0;
    case Collective::all_gather:
    case Collective::all_to_all:
      return checked_product(problem.count, as_count(problem.ranks));
    case Collective::all_to_allv:
      return received_before(problem, rank, problem.ranks);
    default:
      return problem.count;
  }
}

std::optional<InPlace> in_place_offsets(const Problem& problem, int rank) {
  const std::uint64_t own_block = checked_product(problem.count, as_count(rank));
  switch (problem.collective) {
    case Collective::all_reduce:
    case Collective::broadcast:
    case Collective::reduce:
      return InPlace{};
    case Collective::all_gather:
      return InPlace{.input_offset = own_block};
    case Collective::reduce_scatter:
      return InPlace{.output_offset = own_block};
    case Collective::gather:
      return InPlace{.input_offset = rank == problem.root ? own_block : 0};
    case Collective::scatter:
      return InPlace{.output_offset = rank == problem.root ? own_block : 0};
    default:
      return std::nullopt;
  }
}

ElementRange piece_of(ElementRange range, int piece, int pieces, ElementType type) {
  MUSTER_ASSERT(pieces >= 1 && piece >= 0 && piece < pieces);
  const std::uint64_t parts = as_count(pieces);
  const std::uint64_t per_line = kCacheLine / size_of(type);
  const std::uint64_t lines = range.count / per_line + (range.count % per_line != 0 ? 1 : 0);
  // Shares are whole lines, or whole elements when there are fewer lines than pieces.
  const std::uint64_t unit = lines >= parts ? per_line : 1;
  const std::uint64_t units = lines >= parts ? lines : range.count;
  const auto boundary = [&](int index) {
    const std::uint64_t part = as_count(index);
    const std::uint64_t before = units / parts * part + units % parts * part / parts;  // no overflow: part <= parts
    return std::min(before * unit, range.count);
  };
  const std::uint64_t first = boundary(piece);
  return {range.first + first, boundary(piece + 1) - first};
}

}  // namespace muster
