// SPDX-License-Identifier: Apache-2.0
#include "collectives/exporters/exporters.hpp"

namespace muster {
namespace {

std::string text_of(const std::vector<ChunkRange>& chunks) {
  std::string text;
  for (const ChunkRange& range : chunks) {
    text += (text.empty() ? "" : ",") + std::to_string(range.first);
    if (range.count > 1) text += "-" + std::to_string(range.first + range.count - 1);
  }
  return text;
}

}  // namespace

std::string write_text(const ExportRequest& request) {
  const Schedule& schedule = request.schedule;
  std::string text = std::string(name_of(schedule.collective)) + " " + std::string(name_of(schedule.algorithm)) +
                     " ranks " + std::to_string(schedule.ranks) + " root " + std::to_string(schedule.root) +
                     " pieces " + std::to_string(schedule.pieces) + " channels " +
                     std::to_string(schedule.channels.size()) + "\n";
  for (std::size_t channel = 0; channel < schedule.channels.size(); ++channel) {
    const std::vector<Round>& rounds = schedule.channels[channel].rounds;
    for (std::size_t round = 0; round < rounds.size(); ++round) {
      text += "channel " + std::to_string(channel) + " round " + std::to_string(round) + "\n";
      for (const Transfer& transfer : rounds[round].transfers) {
        text += "  " + std::to_string(transfer.source) + " -> " + std::to_string(transfer.target) +
                (transfer.combine == Combine::reduce ? " add " : " copy ") + text_of(transfer.chunks) + "\n";
      }
    }
  }
  return text;
}

}  // namespace muster
