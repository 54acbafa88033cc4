// SPDX-License-Identifier: Apache-2.0
// Every rank tries alone, keeps its failure to itself and tells all others before anybody gives up: a rank that threw
// here would leave the rest waiting.
#include "collectives/gpu_binding.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "core/error.hpp"
#include "core/host.hpp"

namespace muster {
namespace {

struct Attempt {
  Gpu gpu{};
  int visible = 0;
  std::string failure{};  ///< empty = the GPU is current
};

Attempt take_gpu(int on_my_host) {
  Attempt attempt;
  try {
    auto found = gpus_here();
    if (const auto* missing = std::get_if<Unsupported>(&found)) {
      attempt.failure = missing->reason;
      return attempt;
    }
    const auto& gpus = std::get<std::vector<Gpu>>(found);
    attempt.visible = static_cast<int>(gpus.size());
    attempt.gpu = gpus[static_cast<std::size_t>(on_my_host) % gpus.size()];
    use_gpu(attempt.gpu.ordinal);
  } catch (const Error& error) {
    attempt.failure = error.what();
  }
  return attempt;
}

/// The same on all ranks; where every rank says the same, no rank is named.
std::optional<Unsupported> first_failure(const std::vector<std::string>& failures,
                                         const std::vector<std::string>& hosts) {
  const auto failed = std::ranges::find_if(failures, [](const std::string& text) { return !text.empty(); });
  if (failed == failures.end()) return std::nullopt;
  if (std::ranges::all_of(failures, [&](const std::string& text) { return text == *failed; })) {
    return Unsupported{*failed};
  }
  const auto rank = static_cast<std::size_t>(failed - failures.begin());
  return Unsupported{"rank " + std::to_string(rank) + " on " + hosts[rank] + ": " + *failed};
}

}  // namespace

std::vector<int> ranks_sharing(std::span<const GpuSeat> seats, int rank) {
  std::vector<int> ranks;
  const GpuSeat& mine = seats[static_cast<std::size_t>(rank)];
  for (std::size_t other = 0; other < seats.size(); ++other) {
    const GpuSeat& seat = seats[other];
    if (std::tie(seat.host, seat.uuid) == std::tie(mine.host, mine.uuid)) ranks.push_back(static_cast<int>(other));
  }
  return ranks;
}

std::optional<std::string> shared_gpu_complaint(std::span<const GpuSeat> seats) {
  const auto same_gpu = [&](std::size_t a, std::size_t b) {
    return std::tie(seats[a].host, seats[a].address) == std::tie(seats[b].host, seats[b].address);
  };
  for (std::size_t second = 0; second < seats.size(); ++second) {
    for (std::size_t first = 0; first < second; ++first) {
      if (!same_gpu(first, second)) continue;
      const GpuSeat& seat = seats[second];
      std::set<std::string> used;
      int visible = 0;
      for (const GpuSeat& other : seats) {
        if (other.host != seat.host) continue;
        used.insert(other.address);
        visible = std::max(visible, other.visible);
      }
      // MIG parts are visible one by one but count as the GPU that they were cut from.
      const bool is_part = seats[first].uuid != seat.uuid;
      const int most = is_part ? static_cast<int>(used.size()) : std::max(visible, static_cast<int>(used.size()));
      return "ranks " + std::to_string(first) + " and " + std::to_string(second) +
             (is_part ? " use MIG parts of the GPU at " + seat.address : " share " + seat.uuid) + " on " + seat.host +
             " and NCCL needs one GPU per rank: start at most " + std::to_string(most) +
             (most == 1 ? " rank on " : " ranks on ") + seat.host;
    }
  }
  return std::nullopt;
}

std::variant<GpuBinding, Unsupported> bind_gpu(Team& team) {
  const int on_my_host = local_rank(team);
  const Attempt attempt = take_gpu(on_my_host);
  const std::vector<std::string> hosts = all_gather(team, host_name());
  const std::vector<std::string> failures = all_gather(team, attempt.failure);
  if (const auto agreed_failure = first_failure(failures, hosts)) return *agreed_failure;
  const std::vector<std::string> uuids = all_gather(team, attempt.gpu.uuid);
  const std::vector<std::string> addresses = all_gather(team, attempt.gpu.address);
  const std::vector<int> visible = all_gather(team, attempt.visible);
  GpuBinding binding{.gpu = attempt.gpu};
  for (std::size_t rank = 0; rank < hosts.size(); ++rank) {
    binding.seats.push_back({hosts[rank], uuids[rank], addresses[rank], visible[rank]});
  }
  binding.ranks_of_gpu = ranks_sharing(binding.seats, team.rank());
  return binding;
}

}  // namespace muster
