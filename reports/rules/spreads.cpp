// SPDX-License-Identifier: Apache-2.0
// Demands on how far apart ranks, groups and sizes may lie.
#include <algorithm>
#include <map>

#include "reports/rules/interval.hpp"
#include "reports/rules/selection.hpp"
#include "reports/targets/quantities.hpp"

namespace muster {

namespace {

constexpr std::string_view kMoreSamples = "more samples would tell";

std::optional<Judgement> untimed(const Rule& rule, const RowSet& rows) {
  if (const std::optional<Judgement> found = untrusted(rows)) return found;
  for (const Row* row : rows) {
    if (!row->time) return Judgement{Verdict::no_data, row->item.id + ": has no time"};
    if (!interval_of(*row, rule.margin)) {
      return Judgement{Verdict::ambiguous, row->item.id + ": a time" + too_few_samples(*row)};
    }
  }
  return std::nullopt;
}

// In a collective a rank that comes early waits for the others of its group, so its own duration blames the wrong one.
// What it needed after the last one came is compared.
std::vector<std::vector<double>> own_seconds(const Row& row) {
  const Record& record = *row.record;
  if (!has_collective(row.item)) return record.rank_seconds;
  if (record.arrival_seconds.size() != record.rank_seconds.size()) return {};
  std::vector<std::vector<double>> own = record.rank_seconds;
  for (std::size_t sample = 0; sample < record.seconds.size(); ++sample) {
    std::map<int, double> last;  // by group
    for (std::size_t rank = 0; rank < own.size(); ++rank) {
      const std::vector<double>& arrivals = record.arrival_seconds[rank];
      if (sample >= arrivals.size() || sample >= own[rank].size()) return {};
      double& of_group = last[seat_of(row.item, static_cast<int>(rank)).group];
      of_group = std::max(of_group, arrivals[sample]);
    }
    for (std::size_t rank = 0; rank < own.size(); ++rank) {
      own[rank][sample] += record.arrival_seconds[rank][sample] - last[seat_of(row.item, static_cast<int>(rank)).group];
    }
  }
  return own;
}

// How far a value may have fallen below the highest before it, as a share of that.
Interval fall_of(const std::vector<Interval>& along) {
  Interval fall = {0, 0, 0};
  std::size_t highest = 0;
  for (std::size_t i = 1; i < along.size(); ++i) {
    const Interval& top = along[highest];
    fall.median = std::max(fall.median, 1 - along[i].median / top.median);
    fall.low = std::max(fall.low, 1 - along[i].high / top.low);
    fall.high = std::max(fall.high, 1 - along[i].low / top.high);
    if (along[i].median > top.median) highest = i;
  }
  return fall;
}

Judgement judge_fall(const Rule& rule, RowSet rows, double (*work_of)(const Row& row)) {
  if (const std::optional<Judgement> found = untimed(rule, rows)) return *found;
  std::ranges::stable_sort(rows, {}, [](const Row* row) { return row->item.size; });
  std::vector<Interval> along;
  for (const Row* row : rows) {
    const Interval time = *interval_of(*row, rule.margin);
    const double work = work_of(*row);
    along.push_back(work > 0 ? Interval{work / time.median, work / time.high, work / time.low} : time);
  }
  return judge_interval(rule, fall_of(along), std::string(kMoreSamples));
}

}  // namespace

std::optional<Judgement> untrusted(const RowSet& rows) {
  std::optional<Judgement> found;
  for (const Row* row : rows) {
    if (row->verdict == Verdict::pass) continue;
    if (found && worse(found->verdict, row->verdict) == found->verdict) continue;
    found = {row->verdict, row->item.id + ": " + row->reason};
  }
  return found;
}

Judgement judge_rank_spread(const Rule& rule, const RowSet& rows, const JudgingContext&) {
  if (const std::optional<Judgement> found = untimed(rule, rows)) return *found;
  const Row& row = *rows.front();
  const std::vector<std::vector<double>> own = own_seconds(row);
  if (own.size() < 2) return {Verdict::no_data, "no durations of single ranks (and of their arrival) to compare"};
  std::vector<Interval> ranks;
  for (const std::vector<double>& seconds : own) {
    if (seconds.empty()) return {Verdict::no_data, "a rank has no samples"};
    const Summary found = summarise(seconds);
    if (!(found.low > 0)) return {Verdict::no_data, "arrivals and durations of a rank contradict each other"};
    ranks.push_back({found.median, found.low, found.high});
  }
  const auto slowest = std::ranges::max_element(ranks, {}, &Interval::median) - ranks.begin();
  Judgement judged = judge_interval(rule, spread_of(ranks), std::string(kMoreSamples));
  judged.reason += ", slowest is rank " + std::to_string(slowest);
  return judged;
}

Judgement judge_group_spread(const Rule& rule, const RowSet& rows, const JudgingContext&) {
  if (const std::optional<Judgement> found = untimed(rule, rows)) return *found;
  if (rows.size() < 2) return {Verdict::no_data, "one group only; plan or give the others, too"};
  std::vector<Interval> groups;
  for (const Row* row : rows) groups.push_back(*interval_of(*row, rule.margin));
  const auto slowest = std::ranges::max_element(groups, {}, &Interval::median) - groups.begin();
  Judgement judged = judge_interval(rule, spread_of(groups), std::string(kMoreSamples));
  judged.reason += ", slowest is " + rows[static_cast<std::size_t>(slowest)]->item.id;
  return judged;
}

Judgement judge_bandwidth_fall(const Rule& rule, const RowSet& rows, const JudgingContext&) {
  return judge_fall(rule, rows, [](const Row& row) { return static_cast<double>(row.record->bytes.value); });
}

Judgement judge_time_fall(const Rule& rule, const RowSet& rows, const JudgingContext&) {
  return judge_fall(rule, rows, [](const Row&) { return 0.0; });
}

}  // namespace muster
