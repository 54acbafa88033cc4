// SPDX-License-Identifier: Apache-2.0
#include "collectives/cost.hpp"

#include <algorithm>
#include <vector>

namespace muster {
namespace {

/// Bytes of each chunk; the same wherever it lies.
std::vector<std::uint64_t> chunk_bytes(const Schedule& schedule, const Problem& problem) {
  std::vector<std::uint64_t> bytes;
  for (int block = 0; block < block_count(problem.collective, problem.ranks); ++block) {
    const int rank = contributors(problem, block).first;
    for (int piece = 0; piece < schedule.pieces; ++piece) {
      const ElementRange part = piece_of(input_range(problem, rank, block), piece, schedule.pieces, problem.type);
      bytes.push_back(part.count * size_of(problem.type));
    }
  }
  return bytes;
}

}  // namespace

Cost cost_of(const Schedule& schedule, const Problem& problem) {
  const std::vector<std::uint64_t> bytes = chunk_bytes(schedule, problem);
  std::vector<Cost> of_rank(static_cast<std::size_t>(problem.ranks));
  Cost cost;
  for (const Channel& channel : schedule.channels) {
    cost.rounds = std::max(cost.rounds, static_cast<int>(channel.rounds.size()));
    for (const Round& round : channel.rounds) {
      for (const Transfer& transfer : round.transfers) {
        Cost& target = of_rank[static_cast<std::size_t>(transfer.target)];
        std::uint64_t message = 0;
        for (const ChunkRange& range : transfer.chunks) {
          for (int i = 0; i < range.count; ++i) message += bytes[static_cast<std::size_t>(range.first + i)];
        }
        target.received_bytes += message;
        target.messages += message > 0 ? 1 : 0;
        if (transfer.combine == Combine::reduce) target.reduced_bytes += message;
      }
    }
  }
  for (const Cost& each : of_rank) {
    cost.received_bytes = std::max(cost.received_bytes, each.received_bytes);
    cost.reduced_bytes = std::max(cost.reduced_bytes, each.reduced_bytes);
    cost.messages = std::max(cost.messages, each.messages);
  }
  return cost;
}

}  // namespace muster
