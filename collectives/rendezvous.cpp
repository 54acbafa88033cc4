// SPDX-License-Identifier: Apache-2.0
// Each end that arrives at a transfer is counted; the second one completes it and may free its rank, so every transfer
// is looked at twice.
#include "collectives/rendezvous.hpp"

#include <algorithm>

namespace muster {
namespace {

class Run {
 public:
  explicit Run(const std::vector<RankProgram>& ranks) : ranks_(ranks), at_(ranks.size()) {
    int last = -1;
    for (const RankProgram& program : ranks) {
      for (const RankStep& step : program) {
        for (const int transfer : step) last = std::max(last, transfer);
      }
    }
    waiting_.assign(static_cast<std::size_t>(last + 1), kNobody);
  }

  std::optional<Stuck> play() {
    for (std::size_t rank = 0; rank < ranks_.size(); ++rank) enter(rank);
    while (!free_.empty()) {
      const std::size_t rank = free_.back();
      free_.pop_back();
      ++at_[rank].step;
      enter(rank);
    }
    for (std::size_t rank = 0; rank < ranks_.size(); ++rank) {
      if (at_[rank].step < ranks_[rank].size()) {
        return Stuck{static_cast<int>(rank), static_cast<int>(at_[rank].step)};
      }
    }
    return std::nullopt;
  }

 private:
  static constexpr std::size_t kNobody = static_cast<std::size_t>(-1);

  struct Position {
    std::size_t step = 0;
    std::size_t open = 0;  ///< transfers of the step that are not done
  };

  /// Arrives at all transfers of the rank's present step.
  void enter(std::size_t rank) {
    if (at_[rank].step == ranks_[rank].size()) return;
    const RankStep& step = ranks_[rank][at_[rank].step];
    at_[rank].open = step.size();
    if (step.empty()) free_.push_back(rank);
    for (const int transfer : step) {
      std::size_t& other = waiting_[static_cast<std::size_t>(transfer)];
      if (other == kNobody) {
        other = rank;
      } else {
        finish_one(other);
        finish_one(rank);
      }
    }
  }

  void finish_one(std::size_t rank) {
    if (--at_[rank].open == 0) free_.push_back(rank);
  }

  const std::vector<RankProgram>& ranks_;
  std::vector<Position> at_;          ///< [rank]
  std::vector<std::size_t> waiting_;  ///< [transfer]: the rank that arrived first
  std::vector<std::size_t> free_;     ///< ranks whose step is done
};

}  // namespace

std::optional<Stuck> find_stuck_rank(const std::vector<RankProgram>& ranks) { return Run(ranks).play(); }

std::vector<RankProgram> programs_of(const Channel& channel, int ranks) {
  std::vector<RankProgram> programs(static_cast<std::size_t>(ranks));
  std::vector<int> last_round(static_cast<std::size_t>(ranks), -1);
  int number = 0;
  for (std::size_t round = 0; round < channel.rounds.size(); ++round) {
    for (const Transfer& transfer : channel.rounds[round].transfers) {
      for (const int rank : {transfer.source, transfer.target}) {
        const auto r = static_cast<std::size_t>(rank);
        if (last_round[r] != static_cast<int>(round)) programs[r].emplace_back();
        last_round[r] = static_cast<int>(round);
        programs[r].back().push_back(number);
      }
      ++number;
    }
  }
  return programs;
}

}  // namespace muster
