// SPDX-License-Identifier: Apache-2.0
// Runs an MSCCL file on data, as its threadblocks would: independent of how schedules and the exporter see it. A value
// is what has been summed up in it: how often each rank's input chunk.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace muster {

/// (rank, offset in its input) -> how often.
using MscclValue = std::map<std::pair<int, int>, int>;

struct MscclOutcome {
  /// [rank][offset in its output]
  std::vector<std::vector<MscclValue>> outputs;
  bool has_ended = false;  ///< false: some threadblock waits for ever
};

/// Which threadblock gets ahead of the others: a missing dependency shows in one of the two.
enum class MscclOrder { first_to_last, last_to_first };

struct MscclRun {
  std::size_t slots = 8;  ///< messages that a connection holds before its sender waits
  MscclOrder order = MscclOrder::first_to_last;
};

MscclOutcome run_msccl(const std::string& xml, const MscclRun& run);

}  // namespace muster
