// SPDX-License-Identifier: Apache-2.0
// GOAL, the input language of LogGOPSim (Hoefler, Schneider, Lumsdaine 2010): per rank, sends and receives with labels,
// and which requires which. A rank's round is joined in a calc of no time, so that files stay linear in messages.
#include <vector>

#include "collectives/exporters/exporters.hpp"
#include "collectives/planner/prediction.hpp"

namespace muster {
namespace {

/// Lines of one rank while rounds are added.
struct Writer {
  std::string lines;
  int labels = 0;
  int joined = 0;         // label of the last join in the channel at hand; 0 = none
  std::vector<int> open;  // labels of the round at hand

  void add(const std::string& what) {
    const std::string label = "l" + std::to_string(++labels);
    lines += label + ": " + what + "\n";
    if (joined != 0) lines += label + " requires l" + std::to_string(joined) + "\n";
    open.push_back(labels);
  }

  void join() {
    if (open.empty()) return;
    const std::string label = "l" + std::to_string(++labels);
    lines += label + ": calc 0\n";
    for (const int each : open) lines += label + " requires l" + std::to_string(each) + "\n";
    joined = labels;
    open.clear();
  }
};

std::uint64_t bytes_of(const Transfer& transfer, const Rational& chunk, Bytes size) {
  WideInt chunks = 0;
  for (const ChunkRange& range : transfer.chunks) chunks += range.count;
  return static_cast<std::uint64_t>(chunks * static_cast<WideInt>(size.value) * chunk.numerator() /
                                    chunk.denominator());
}

}  // namespace

std::string write_goal(const ExportRequest& request) {
  const Schedule& schedule = request.schedule;
  const Rational chunk = chunk_share(schedule);
  std::vector<Writer> ranks(static_cast<std::size_t>(schedule.ranks));
  for (std::size_t channel = 0; channel < schedule.channels.size(); ++channel) {
    const std::string tag = " tag " + std::to_string(channel);
    for (Writer& rank : ranks) rank.joined = 0;
    for (const Round& round : schedule.channels[channel].rounds) {
      for (const Transfer& transfer : round.transfers) {
        const std::string bytes = std::to_string(bytes_of(transfer, chunk, request.size)) + "b ";
        ranks[static_cast<std::size_t>(transfer.source)].add("send " + bytes + "to " + std::to_string(transfer.target) +
                                                             tag);
        ranks[static_cast<std::size_t>(transfer.target)].add("recv " + bytes + "from " +
                                                             std::to_string(transfer.source) + tag);
      }
      for (Writer& rank : ranks) rank.join();
    }
  }
  std::string text = "num_ranks " + std::to_string(schedule.ranks) + "\n";
  for (std::size_t rank = 0; rank < ranks.size(); ++rank) {
    text += "\nrank " + std::to_string(rank) + " {\n" + ranks[rank].lines + "}\n";
  }
  return text;
}

}  // namespace muster
