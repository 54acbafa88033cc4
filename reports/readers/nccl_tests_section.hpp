// SPDX-License-Identifier: Apache-2.0
// One collective of one set of ranks as nccl-tests and rccl-tests measure it: what its header planned and which rows
// were measured. Filled by the readers of their text and of their JSON, so that both give the same cases.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/readers/readers.hpp"

namespace muster {

/// "all_reduce_perf", "AllReduce", "nccl_allreduce.log"; empty where there is no such name in it.
std::optional<Collective> collective_in(std::string_view text);

inline constexpr std::uint64_t kMostIterations = 30'000;  ///< -n and -c of an honest run stay far below

/// -b, -e and -f or -i.
struct Sweep {
  std::uint64_t least = 0, most = 0, step = 0;  ///< bytes; the step of a factor has no unit
  bool by_factor = true;

  /// At most 4096: a hostile step must not plan without end.
  std::vector<std::uint64_t> sizes() const;
};

/// What a row says of one placement; empty where it says nothing usable.
struct RowNumbers {
  std::optional<double> seconds;                  ///< mean of one operation
  double algbw = 0, busbw = 0;                    ///< GB/s as printed; 0 where they are not
  std::optional<std::uint64_t> wrong;             ///< elements
  std::optional<double> error;                    ///< old versions: the largest difference, which may be harmless
  std::vector<double> samples;                    ///< seconds of each iteration, where -I told them
  std::vector<std::vector<double>> rank_samples;  ///< [rank][iteration] of these, where every process had one GPU
};

struct LogRow {
  std::uint64_t size = 0, count = 0;  ///< bytes, elements
  ElementType type = ElementType::float32;
  ReduceOperation operation = ReduceOperation::sum;
  bool has_operation = false;                           ///< the row names one that is not "none"
  int root = -1;                                        ///< -1: none
  std::array<std::optional<RowNumbers>, 2> placements;  ///< out of place, in place; empty: was not asked for
};

/// A time that an operation can take, from microseconds; else nothing.
std::optional<double> seconds_of(std::optional<double> microseconds);
std::optional<ElementType> element_type_in(std::string_view name);
/// "none" is sum, which means nothing there; empty for an operation of the user's own, which must not pass for a sum.
std::optional<ReduceOperation> operation_in(std::string_view name);

/// A row of a test of which it is not said yet which collective it measures.
struct PendingRow {
  LogRow row;
  std::string place;
};

struct Section {
  std::string title;  ///< starts what is said of it: "the test that starts at line 7"
  std::optional<Collective> collective;
  Sweep sweep;
  Cadence cadence = Cadence::streaming;
  Launch launch = Launch::plain;
  int averaged_over = 0;  ///< operations in the mean of a row; 0 = unknown
  int check_iterations = 0;
  int rank_count = 0;      ///< where `ranks` does not tell it
  bool concluded = false;  ///< the footer is there
  bool in_bounds = false;  ///< and it says that no data are wrong
  std::string failure;     ///< the first that was said; the others follow from it
  std::map<int, ForeignRank> ranks;
  std::vector<PendingRow> pending;  ///< until the collective is known
  std::optional<LogRow> fastest;    ///< out of place, by algbw: its rates tell what was measured
  std::vector<Reading> rows;
  std::vector<std::size_t> inexact;  ///< of `rows`: an old version told an error that only the footer can judge
};

/// `place` is the row's: "a.log:31".
void add_row(Section& section, const LogRow& row, const std::string& place);

/// Moves the rows, the sizes that were planned and never measured, and what failed into `results`.
void finish_section(Section section, const std::string& place, ForeignResults& results);

}  // namespace muster
