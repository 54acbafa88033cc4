// SPDX-License-Identifier: Apache-2.0
// Who sends how much to whom in all_to_allv: even, as a mixture of experts would, or from a file.
#pragma once

#include <string>

#include "collectives/problem.hpp"

namespace muster {

struct TrafficRequest {
  /// even: everyone gets the same.
  /// skewed: destinations share everybody's traffic by popularity (1, 1/2, 1/3, ...), in an order drawn with the seed.
  /// hot: one destination, drawn with the seed, gets half of everybody's traffic, the others share the rest.
  /// file:PATH: bytes, row = source, column = destination, separated by blanks; the matrix is square with at least
  /// `ranks` rows, of which the first `ranks` count: what nccl-tests reads from NCCL_TESTS_ALLTOALLV_MATRIX_FILE.
  std::string kind = "even";
  int ranks = 1;
  Bytes size = {};  ///< what size_of() gives for the busiest rank, less rounding; not used by file:
  ElementType type = ElementType::float32;
  std::uint64_t seed = 0;
};

/// The same request gives the same matrix on every machine. Throws Error when the kind is unknown or the file is
/// unreadable, not square, too small or holds anything but whole numbers of bytes up to kMaxTrafficEntry.
TrafficMatrix make_traffic(const TrafficRequest& request);

/// 1 TiB: no accelerator holds as much.
inline constexpr Bytes kMaxTrafficEntry{std::uint64_t{1} << 40};

}  // namespace muster
