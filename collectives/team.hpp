// SPDX-License-Identifier: Apache-2.0
// The ranks of a run talking about the run itself: agree, gather, wait for each other. Never part of what is timed,
// except the barrier that starts an isolated sample.
#pragma once

#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace muster {

class Team {
 public:
  virtual ~Team() = default;
  virtual int rank() const = 0;
  virtual int ranks() const = 0;

  virtual void barrier() = 0;
  /// `data` of the root replaces everybody's. Same size on all ranks.
  virtual void broadcast(std::span<std::byte> data, int root) = 0;
  /// all[r] = mine of rank r, on every rank. `all` holds ranks() x mine.size() bytes.
  virtual void all_gather(std::span<const std::byte> mine, std::span<std::byte> all) = 0;
  /// Between two ranks, for the clocks: both call it with each other's rank; returns when the peer's bytes are here.
  virtual void send(std::span<const std::byte> data, int target) = 0;
  virtual void receive(std::span<std::byte> data, int source) = 0;
  /// True when all ranks are threads of this process.
  virtual bool one_process() const = 0;
  /// Collective: a team of the ranks that pass the same colour (>= 0), in the order that they have here. It must not
  /// outlive this one.
  std::unique_ptr<Team> split(int colour);
  /// Called while a rank spins on shared memory: throws when another rank of this process has failed.
  virtual void stop_if_broken() {}
  /// Ends all ranks at once because this one cannot go on; `why` is printed by the caller before.
  [[noreturn]] virtual void abort(int exit_code) = 0;

 private:
  friend int local_rank(Team& team);

  virtual std::unique_ptr<Team> make_part(int colour) = 0;

  std::optional<int> place_on_host_ = {};  ///< of a part: in the team that was split
};

/// Rank 0's value, on every rank.
template <typename T>
requires std::is_trivially_copyable_v<T> T agree(Team& team, T value) {
  team.broadcast(std::as_writable_bytes(std::span(&value, 1)), 0);
  return value;
}

/// [rank] = that rank's value, on every rank.
template <typename T>
requires std::is_trivially_copyable_v<T> std::vector<T> all_gather(Team& team, const T& mine) {
  std::vector<T> all(static_cast<std::size_t>(team.ranks()));
  team.all_gather(std::as_bytes(std::span(&mine, 1)), std::as_writable_bytes(std::span(all)));
  return all;
}

/// [rank][i], from vectors of one agreed length.
std::vector<std::vector<double>> all_gather(Team& team, const std::vector<double>& mine);

/// [rank] = that rank's text, of any length.
std::vector<std::string> all_gather(Team& team, const std::string& mine);

/// How many ranks of this host come before this one; in a part of a team too, those of the whole team, so that a rank
/// keeps its GPU in every part. Collective.
int local_rank(Team& team);

/// Runs `body` on `ranks` threads of this process, each with its own Team. If one throws, all others are released from
/// whatever they wait for, and the first error is thrown again here.
void run_on_threads(int ranks, const std::function<void(Team&)>& body);

/// The team of all ranks that the MPI launcher started; MPI is initialised by it and finalised with it. Throws Error if
/// Muster was built without MPI.
std::unique_ptr<Team> make_mpi_team();

/// The MPI library in use, as it names itself; empty if Muster was built without MPI.
std::string mpi_version();

}  // namespace muster
