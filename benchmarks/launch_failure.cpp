// SPDX-License-Identifier: Apache-2.0
// The messages are those of Open MPI 4.1 (orte/tools/orterun/help-orterun.txt, ompi/mpi/help) and of Slurm's srun.
#include "benchmarks/launch_failure.hpp"

#include <algorithm>
#include <initializer_list>
#include <regex>

#include "benchmarks/exit_code.hpp"
#include "benchmarks/rank_list.hpp"

namespace muster {

namespace {

// mpirun frames its own messages with lines of dashes.
bool is_frame(const std::string& line) { return line.size() > 20 && line.find_first_not_of('-') == std::string::npos; }

// Talk of the launchers themselves: "[node:4711] ...", "srun: error: ...".
bool is_launcher_talk(const std::string& line) {
  static const std::regex kStart(R"(\[[^\] ]{1,256}:\d{1,10}\] |srun: )");
  return std::regex_search(line, kStart, std::regex_constants::match_continuous);
}

// The last thing a rank said; the launcher's comments on it are told elsewhere.
std::string last_words(const std::vector<std::string>& lines) {
  std::string words;
  bool inside_frame = false;
  for (const std::string& line : lines) {
    if (is_frame(line)) {
      inside_frame = !inside_frame;
    } else if (!inside_frame && !line.empty() && !is_launcher_talk(line)) {
      words = line;
    }
  }
  constexpr std::size_t kLongest = 200;
  return words.substr(0, kLongest);
}

// Messages are wrapped to the width of a terminal.
std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + " ";
  return std::regex_replace(text, std::regex(" +"), " ");
}

std::vector<int> ranks_not(const std::vector<std::optional<Beat>>& beats, std::initializer_list<Phase> phases) {
  std::vector<int> ranks;
  for (std::size_t rank = 0; rank < beats.size(); ++rank) {
    const bool excepted = beats[rank] && std::ranges::find(phases, beats[rank]->phase) != phases.end();
    if (!excepted) ranks.push_back(static_cast<int>(rank));
  }
  return ranks;
}

// A rank that found a disagreement about all ranks is only the messenger.
bool concerns_all(int status) { return status == kExitPlansDiffer || status == kExitRanksDiffer; }

Incident blame(const LaunchEnd& end) {
  Incident incident{.launch = 0, .rank = -1, .host = {}, .case_id = {}, .what = describe_exit(end.status)};
  if (concerns_all(end.status)) return incident;
  const std::vector<int> suspects = ranks_not(end.beats, {Phase::done, Phase::terminated});
  if (const auto named = rank_named_by_launcher(end.last_lines)) {
    incident.rank = named->rank;
    incident.host = named->host;
    incident.what = named->what;
  } else if (suspects.size() == 1) {
    incident.rank = suspects.front();
  } else if (!suspects.empty()) {
    incident.what += "; without an end mark: " + name_ranks(suspects);
  }
  return incident;
}

// What the blamed rank had in hand, or the case of whoever was furthest behind.
void add_place(Incident& incident, const std::vector<std::optional<Beat>>& beats) {
  const Beat* place = nullptr;
  for (const auto& beat : beats) {
    if (!beat || beat->phase == Phase::done) continue;
    const bool is_blamed = beat->rank == incident.rank;
    if (is_blamed || place == nullptr || beat->case_index < place->case_index) place = &*beat;
    if (is_blamed) break;
  }
  if (place == nullptr) return;
  incident.case_id = place->case_id;
  if (incident.rank == place->rank && incident.host.empty()) incident.host = place->host;
}

}  // namespace

std::optional<NamedRank> rank_named_by_launcher(const std::vector<std::string>& lines) {
  const std::string text = joined(lines);
  std::smatch found;
  if (std::regex_search(
          text, found,
          std::regex(R"(process rank (\d{1,6}) with PID \d+ on node (\S{1,256}) exited on signal (\d{1,2}))"))) {
    return NamedRank{std::stoi(found[1]), found[2], describe_exit(kExitSignalBase + std::stoi(found[3]))};
  }
  if (std::regex_search(text, found,
                        std::regex(R"(MPI_ABORT was invoked on rank (\d{1,6}) in communicator MPI_COMM_WORLD )"
                                   R"(.{0,100}errorcode:? (\d{1,3}))"))) {
    return NamedRank{std::stoi(found[1]), "", "called MPI_Abort: " + describe_exit(std::stoi(found[2]))};
  }
  if (std::regex_search(text, found, std::regex(R"(Process name: \[\[\d+,\d+\],(\d{1,6})\] Exit code: (\d{1,3}))"))) {
    return NamedRank{std::stoi(found[1]), "", describe_exit(std::stoi(found[2]))};
  }
  if (std::regex_search(text, found,
                        std::regex(R"(srun: error: (\S{1,256}): tasks? (\d{1,6})[-,\d]{0,99}: )"
                                   R"((Exited with exit code \d{1,3}|[A-Z][a-z]+))"))) {
    return NamedRank{std::stoi(found[2]), found[1], "srun: " + found[3].str()};
  }
  return std::nullopt;
}

std::optional<Incident> explain_end(const LaunchEnd& end) {
  Incident incident;
  if (end.status == kExitOk) {
    const std::vector<int> unfinished = ranks_not(end.beats, {Phase::done});
    if (unfinished.empty()) return std::nullopt;
    incident.rank = unfinished.size() == 1 ? unfinished.front() : -1;
    incident.what = "the launcher ended well, but without a word of being done from " + name_ranks(unfinished);
  } else {
    incident = blame(end);
  }
  add_place(incident, end.beats);
  const std::string words = last_words(end.last_lines);
  if (!words.empty()) incident.what += "; last words: " + words;
  return incident;
}

}  // namespace muster
