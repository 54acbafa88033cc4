// SPDX-License-Identifier: Apache-2.0
#include "reports/readers/mpi_collective.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace muster {
namespace {

constexpr std::array<std::pair<std::string_view, Collective>, 10> kMpiCollectives = {{
    {"Allreduce", Collective::all_reduce},
    {"Allgather", Collective::all_gather},
    {"Reduce_scatter", Collective::reduce_scatter},
    {"Alltoall", Collective::all_to_all},
    {"All-to-All", Collective::all_to_all},
    {"Bcast", Collective::broadcast},
    {"Broadcast", Collective::broadcast},
    {"Reduce", Collective::reduce},
    {"Gather", Collective::gather},
    {"Scatter", Collective::scatter},
}};

/// Both tools print the bytes that one rank gives or gets of a peer; nccl-tests counts all of them.
bool counts_shares(Collective collective) {
  return collective == Collective::all_gather || collective == Collective::all_to_all ||
         collective == Collective::gather || collective == Collective::scatter;
}

}  // namespace

std::optional<Collective> mpi_collective_named(std::string_view name) {
  if (name.starts_with("MPI_")) name.remove_prefix(4);
  const auto* const found = std::ranges::find(kMpiCollectives, name, &std::pair<std::string_view, Collective>::first);
  if (found == kMpiCollectives.end()) return std::nullopt;
  return found->second;
}

bool is_possible(std::uint64_t share, int ranks) {
  constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 50;
  return share <= kMostBytes / static_cast<std::uint64_t>(std::max(ranks, 1));
}

Reading mpi_collective_reading(Collective collective, ElementType type, std::uint64_t share, int ranks, double seconds,
                               const std::string& place) {
  Case item;
  item.collective = collective;
  item.type = type;
  item.transport = TransportKind::mpi;
  item.ranks = ranks;
  item.size = Bytes{share * (counts_shares(collective) ? static_cast<std::uint64_t>(ranks) : 1)};
  Record record;
  record.bytes = item.size;
  record.ranks = ranks;
  record.averaged_over = 0;
  record.origin = place;
  record.seconds = {seconds};
  return {std::move(item), std::move(record)};
}

}  // namespace muster
