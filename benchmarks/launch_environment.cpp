// SPDX-License-Identifier: Apache-2.0
// Variables of Open MPI (OMPI_), of PMI servers (PMI_) and of Slurm, as their manuals name them.
#include "benchmarks/launch_environment.hpp"

#include <unistd.h>

#include <array>
#include <charconv>
#include <sstream>
#include <utility>

#include "core/names.hpp"

namespace muster {

namespace {

constexpr std::array<std::string_view, 3> kLaunchers = {"mpirun", "srun", "threads"};

std::string value_of(const Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() ? "" : found->second;
}

bool is_on_path(const Environment& environment, const std::string& program) {
  std::istringstream folders(value_of(environment, "PATH"));
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (::access((folder + "/" + program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

// Empty when the variable is absent or holds anything but a whole number that is not negative.
std::optional<int> number_in(const Environment& environment, const std::string& name) {
  const std::string text = value_of(environment, name);
  int number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_whole = code == std::errc() && end == text.data() + text.size() && number >= 0;
  return is_whole ? std::optional(number) : std::nullopt;
}

struct Place {
  int rank = 0;
  int ranks = 1;
  const char* variable = "";  // that gives the number of ranks
};

std::optional<Place> place_in(const Environment& environment) {
  // Open MPI comes first: inside an allocation its daemons are Slurm steps, and Slurm's variables speak of the daemons.
  // SLURM_NTASKS is no witness: a batch script has it too, where nothing has been started yet.
  for (const auto& [size, rank] : {std::pair{"OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"},
                                   {"PMI_SIZE", "PMI_RANK"},
                                   {"SLURM_STEP_NUM_TASKS", "SLURM_PROCID"}}) {
    const std::optional<int> ranks = number_in(environment, size);
    const std::optional<int> mine = number_in(environment, rank);
    if (ranks && mine && *mine < *ranks) return Place{*mine, *ranks, size};
  }
  return std::nullopt;
}

}  // namespace

std::string_view name_of(LauncherKind kind) { return kLaunchers.at(static_cast<std::size_t>(kind)); }
LauncherKind parse_launcher(std::string_view name) {
  return static_cast<LauncherKind>(index_of_name("launcher", kLaunchers, name));
}

Environment current_environment() {
  Environment environment;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

LauncherChoice choose_launcher(const Environment& environment, MpiSupport mpi) {
  if (mpi == MpiSupport::absent) return {LauncherKind::threads, "this Muster was built without MPI"};
  if (environment.contains("SLURM_JOB_ID") && is_on_path(environment, "srun")) {
    return {LauncherKind::srun, "this is a Slurm allocation (SLURM_JOB_ID) and srun is on PATH"};
  }
  if (is_on_path(environment, "mpirun")) return {LauncherKind::mpirun, "mpirun is on PATH"};
  return {LauncherKind::threads, "neither srun in a Slurm allocation nor mpirun is on PATH"};
}

std::optional<LauncherRanks> launcher_rank_count(const Environment& environment) {
  const std::optional<Place> place = place_in(environment);
  return place ? std::optional(LauncherRanks{place->ranks, place->variable}) : std::nullopt;
}

std::optional<int> launcher_rank(const Environment& environment) {
  const std::optional<Place> place = place_in(environment);
  return place ? std::optional(place->rank) : std::nullopt;
}

std::string reason_not_to_launch(const Environment& environment) {
  const std::string advice =
      ": start `muster bench` once and without a launcher, it starts the ranks itself; ranks "
      "under a launcher of your own are `muster run`";
  if (environment.contains("OMPI_COMM_WORLD_RANK")) return "this process is a rank of mpirun" + advice;
  // One task is what an interactive shell inside an allocation looks like; it may well launch.
  const std::optional<Place> place = place_in(environment);
  if (!place || place->ranks == 1) return "";
  return "this process is one of " + std::to_string(place->ranks) + " ranks (" + place->variable + ")" + advice;
}

}  // namespace muster
