// SPDX-License-Identifier: Apache-2.0
// Gathering of what has no fixed size, on top of the fixed-size gather that every team has.
#include "collectives/team.hpp"

#include <algorithm>
#include <cstdint>

#include "core/host.hpp"

namespace muster {

std::vector<std::vector<double>> all_gather(Team& team, const std::vector<double>& mine) {
  const auto ranks = static_cast<std::size_t>(team.ranks());
  std::vector<double> flat(ranks * mine.size());
  team.all_gather(std::as_bytes(std::span(mine)), std::as_writable_bytes(std::span(flat)));
  std::vector<std::vector<double>> all(ranks);
  for (std::size_t rank = 0; rank < ranks; ++rank) {
    const auto begin = flat.begin() + static_cast<std::ptrdiff_t>(rank * mine.size());
    all[rank].assign(begin, begin + static_cast<std::ptrdiff_t>(mine.size()));
  }
  return all;
}

std::vector<std::string> all_gather(Team& team, const std::string& mine) {
  const std::vector<std::uint64_t> lengths = all_gather(team, static_cast<std::uint64_t>(mine.size()));
  const std::size_t longest = *std::max_element(lengths.begin(), lengths.end());
  std::vector<char> padded(longest), flat(longest * lengths.size());
  std::copy(mine.begin(), mine.end(), padded.begin());
  team.all_gather(std::as_bytes(std::span(padded)), std::as_writable_bytes(std::span(flat)));
  std::vector<std::string> all;
  for (std::size_t rank = 0; rank < lengths.size(); ++rank) {
    all.emplace_back(flat.data() + rank * longest, lengths[rank]);
  }
  return all;
}

std::unique_ptr<Team> Team::split(int colour) {
  const int place = local_rank(*this);
  std::unique_ptr<Team> part = make_part(colour);
  part->place_on_host_ = place;
  return part;
}

int local_rank(Team& team) {
  if (team.place_on_host_) return *team.place_on_host_;
  const std::string mine = host_name();
  const std::vector<std::string> all = all_gather(team, mine);
  return static_cast<int>(std::count(all.begin(), all.begin() + team.rank(), mine));
}

}  // namespace muster
