// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/launch_watch.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "benchmarks/rank_list.hpp"

namespace muster {

namespace {

bool same_place(const Beat& one, const Beat& other) {
  return one.case_index == other.case_index && one.phase == other.phase && one.steps == other.steps;
}

Incident about(const Beat& beat, std::string what) {
  return {.launch = 0, .rank = beat.rank, .host = beat.host, .case_id = beat.case_id, .what = std::move(what)};
}

// The ranks that are furthest behind in the plan; empty when all are equally far.
std::vector<int> ranks_behind(const std::vector<RankSight>& ranks) {
  // Without any beat comes before all places.
  const auto place = [](const RankSight& rank) {
    return rank.beat ? std::tuple(1, rank.beat->case_index, rank.beat->phase)
                     : std::tuple(0, std::int64_t{-1}, Phase{});
  };
  const auto [least, most] = std::ranges::minmax(ranks, {}, place);
  std::vector<int> behind;
  for (std::size_t rank = 0; rank < ranks.size(); ++rank) {
    if (place(least) < place(most) && place(ranks[rank]) == place(least)) behind.push_back(static_cast<int>(rank));
  }
  return behind;
}

}  // namespace

std::vector<Incident> LaunchWatch::look(const Sight& sight, Seconds now) {
  remember(sight, now);
  std::vector<Incident> incidents;
  for (const Memory& memory : memories_) {
    if (const auto trouble = trouble_of(memory, now)) incidents.push_back(about(*memory.beat, *trouble));
  }
  if (incidents.empty() && now - last_progress_ > limits_.no_progress) incidents.push_back(no_progress(sight));
  return incidents;
}

// All changes are taken in before anything is judged: after a pause of our own (Ctrl-Z) everybody has moved on.
void LaunchWatch::remember(const Sight& sight, Seconds now) {
  memories_.resize(sight.ranks.size(), Memory{.beat = {}, .last_beat = now, .stopped_since = {}});
  if (sight.recorded_bytes != recorded_bytes_) last_progress_ = now;
  recorded_bytes_ = sight.recorded_bytes;
  for (std::size_t rank = 0; rank < memories_.size(); ++rank) {
    Memory& memory = memories_[rank];
    const RankSight& seen = sight.ranks[rank];
    if (seen.process != ProcessState::stopped) memory.stopped_since.reset();
    if (seen.process == ProcessState::stopped && !memory.stopped_since) memory.stopped_since = now;
    if (!seen.beat) continue;  // not there yet, or caught while it is written
    if (!memory.beat || !same_place(*memory.beat, *seen.beat)) last_progress_ = now;
    if (!memory.beat || memory.beat->counter != seen.beat->counter) memory.last_beat = now;
    memory.beat = seen.beat;
  }
}

std::optional<std::string> LaunchWatch::trouble_of(const Memory& memory, Seconds now) const {
  if (!memory.beat || is_over(memory.beat->phase)) return std::nullopt;
  if (memory.stopped_since && now - *memory.stopped_since >= limits_.stopped) {
    return "stopped by a signal (process state T)";
  }
  if (now - memory.last_beat <= limits_.silent) return std::nullopt;
  const bool others_go_on = std::ranges::any_of(
      memories_, [&](const Memory& other) { return other.beat && now - other.last_beat < limits_.silent * 0.5; });
  if (!others_go_on) return std::nullopt;
  return "no sign of life for " + format_duration(now - memory.last_beat) +
         " while other ranks go on: stopped, or its host hangs";
}

Incident LaunchWatch::no_progress(const Sight& sight) const {
  const std::string what = "no progress for " + format_duration(limits_.no_progress);
  const std::vector<int> behind = ranks_behind(sight.ranks);
  const std::size_t first = behind.empty() ? 0 : static_cast<std::size_t>(behind.front());
  const std::optional<Beat>& beat = sight.ranks.at(first).beat;
  Incident incident;
  if (beat) incident = about(*beat, what + " in phase " + std::string(name_of(beat->phase)));
  if (!beat) incident.what = what + ", no sign of life since the launch";
  incident.rank = behind.size() == 1 ? behind.front() : -1;
  if (behind.empty()) {
    incident.host.clear();
    incident.what += "; all ranks are equally far";
  } else {
    incident.what += "; behind the others: " + name_ranks(behind);
  }
  return incident;
}

}  // namespace muster
