// SPDX-License-Identifier: Apache-2.0
#include "collectives/arrangement.hpp"

#include <utility>

#include "collectives/generators/slice.hpp"
#include "core/error.hpp"

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

int block_of(const Schedule& schedule, int block, const std::vector<int>& order) {
  switch (schedule.collective) {
    case Collective::all_gather:
    case Collective::reduce_scatter:
    case Collective::gather:
    case Collective::scatter:
      return order[at(block)];
    case Collective::all_to_all:
    case Collective::all_to_allv:
      return order[at(block / schedule.ranks)] * schedule.ranks + order[at(block % schedule.ranks)];
    case Collective::all_reduce:
    case Collective::broadcast:
    case Collective::reduce:
    case Collective::send_recv:
      break;
  }
  return block;
}

/// Each chunk by itself, through `map`.
template <typename Map>
ChunkSet mapped(const ChunkSet& chunks, Map map) {
  ChunkSet result;
  for (const ChunkRange& range : chunks) {
    for (int chunk = range.first; chunk < range.first + range.count; ++chunk) result.push_back({map(chunk), 1});
  }
  return merged(std::move(result));
}

}  // namespace

Schedule reordered(const Schedule& schedule, const std::vector<int>& order) {
  MUSTER_ASSERT(schedule.collective != Collective::send_recv && order.size() == at(schedule.ranks));
  Schedule result = schedule;
  result.root = order[at(schedule.root)];
  for (Channel& channel : result.channels) {
    for (Round& round : channel.rounds) {
      for (Transfer& transfer : round.transfers) {
        transfer.source = order[at(transfer.source)];
        transfer.target = order[at(transfer.target)];
        transfer.chunks = mapped(transfer.chunks, [&](int chunk) {
          return block_of(schedule, chunk / schedule.pieces, order) * schedule.pieces + chunk % schedule.pieces;
        });
      }
    }
  }
  return result;
}

Schedule side_by_side(const std::vector<Schedule>& schedules) {
  Schedule result = schedules.front();
  const int pieces = result.pieces;
  const int count = static_cast<int>(schedules.size());
  result.pieces = pieces * count;
  result.channels.clear();
  for (int slice = 0; slice < count; ++slice) {
    MUSTER_ASSERT(schedules[at(slice)].pieces == pieces);
    for (Channel channel : schedules[at(slice)].channels) {
      for (Round& round : channel.rounds) {
        for (Transfer& transfer : round.transfers) {
          transfer.chunks = mapped(
              transfer.chunks, [&](int chunk) { return (chunk / pieces * count + slice) * pieces + chunk % pieces; });
        }
      }
      result.channels.push_back(std::move(channel));
    }
  }
  return result;
}

}  // namespace muster
