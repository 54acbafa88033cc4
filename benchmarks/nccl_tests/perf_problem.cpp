// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/nccl_tests/perf_problem.hpp"

#include <cmath>

#include "collectives/traffic.hpp"
#include "core/error.hpp"

namespace muster {
namespace {

/// Whole units of 16 bytes (src/*.cu:*GetCollByteCount there).
std::uint64_t aligned_count(std::uint64_t elements, ElementType type) {
  const std::uint64_t unit = 16 / size_of(type);
  return elements / unit * unit;
}

/// Where a rank's buffer has a block for each rank.
bool is_cut_to_units(Collective collective) {
  switch (collective) {
    case Collective::all_gather:
    case Collective::reduce_scatter:
    case Collective::all_to_all:
    case Collective::gather:
    case Collective::scatter:
      return true;
    default:
      return false;
  }
}

std::size_t at(int row, int column, int ranks) {
  return static_cast<std::size_t>(row) * static_cast<std::size_t>(ranks) + static_cast<std::size_t>(column);
}

/// Each rank sends `elements` in all. Of the part `spread` a peer gets as much as it is ranks away (counted upwards and
/// around), of the rest all get the same; so all ranks receive as much as they send.
TrafficMatrix spread_traffic(double spread, int ranks, std::uint64_t elements, ElementType type) {
  TrafficMatrix matrix(at(ranks, 0, ranks));
  const double distances = ranks * (ranks - 1) / 2.0;
  for (int source = 0; source < ranks; ++source) {
    for (int distance = 0; distance < ranks; ++distance) {
      const double far = distances > 0 ? distance / distances : 1;
      const double share = (1 - spread) / ranks + spread * far;
      const auto count = static_cast<std::uint64_t>(std::floor(share * static_cast<double>(elements)));
      matrix[at(source, (source + distance) % ranks, ranks)] = aligned_count(count, type);
    }
  }
  return matrix;
}

TrafficMatrix file_traffic(const PerfTraffic& traffic, int ranks, ElementType type) {
  TrafficMatrix matrix =
      make_traffic({.kind = "file:" + traffic.matrix_file, .ranks = ranks, .size = {}, .type = type});
  for (std::uint64_t& entry : matrix) {
    const double scaled = std::floor(static_cast<double>(entry) * traffic.matrix_scale);
    if (scaled * static_cast<double>(size_of(type)) > static_cast<double>(kMaxTrafficEntry.value)) {
      throw Error(traffic.matrix_file + ": an entry times NCCL_TESTS_ALLTOALLV_MATRIX_SCALE exceeds 1 TiB: use less");
    }
    entry = static_cast<std::uint64_t>(scaled);
  }
  return matrix;
}

}  // namespace

std::vector<Bytes> perf_sizes(const PerfOptions& options) {
  constexpr std::size_t kMostRows = 1'000'000;
  std::vector<Bytes> sizes;
  for (std::uint64_t size = options.min_bytes.value; size <= options.max_bytes.value;) {
    if (sizes.size() == kMostRows) throw Error("-b, -e, -i and -f ask for more than 1,000,000 rows: use larger steps");
    sizes.push_back({size});
    const bool overflows = options.step_factor > 1 ? __builtin_mul_overflow(size, options.step_factor, &size)
                                                   : __builtin_add_overflow(size, options.step_bytes, &size);
    if (overflows) break;
  }
  return sizes;
}

Problem perf_problem(Collective collective, int ranks, Bytes size, ElementType type, const PerfTraffic& traffic) {
  Problem problem = problem_of_size(collective, ranks, size, type);
  if (collective == Collective::all_to_allv) {
    const std::uint64_t elements = size.value / size_of(type);
    problem.traffic = traffic.matrix_file.empty() ? spread_traffic(traffic.spread, ranks, elements, type)
                                                  : file_traffic(traffic, ranks, type);
  } else if (is_cut_to_units(collective)) {
    problem.count = aligned_count(problem.count, type);
  }
  return problem;
}

std::uint64_t perf_count(const Problem& problem) {
  if (problem.collective != Collective::all_to_allv) return problem.count;
  return size_of(problem).value / size_of(problem.type) / static_cast<std::uint64_t>(problem.ranks);
}

}  // namespace muster
