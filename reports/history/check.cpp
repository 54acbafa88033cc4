// SPDX-License-Identifier: Apache-2.0
// From the file to the series of each case, their assessment (series_check.hpp), and one decision over all of them.
#include "reports/history/check.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "core/error.hpp"
#include "reports/text_table.hpp"

namespace muster {

namespace {

constexpr int kMostNights = 400;        // a year and a month of nightly reports: where changes are looked for
constexpr int kMostNamedReports = 200;  // of a tag or commit: more do not tell its spread better
constexpr double kChangeAlarms =
    1.0 / 365;  // wanted rate of false changes of level per report: one in a year of nights
constexpr std::array<std::string_view, 3> kPresences = {"both", "missing", "new"};

/// The reports that take part, in the order of time; the last one is tonight's.
struct Nights {
  std::vector<HistoryReport> reports;
  std::vector<bool> is_baseline;
  BaselineKind kind = BaselineKind::window;
};

/// One case as the nights have it.
struct CaseNights {
  SeriesKey key;
  NightSeries usable{};
  std::size_t baseline_nights = 0;
  std::optional<NightSummary> tonight{};  // also where it has no numbers
};

using CaseMap = std::map<std::int64_t, CaseNights>;

bool is_usable(const NightSummary& night) { return night.count > 0 && std::isfinite(night.median) && night.median > 0; }

bool is_earlier(const HistoryReport& left, const HistoryReport& right) {
  return std::tie(left.time, left.id) < std::tie(right.time, right.id);
}

std::string known_machines(const History& history) {
  std::string names;
  for (const std::string& name : history.machines()) names += (names.empty() ? "" : ", ") + printable(name);
  return names;
}

Nights nights_of_window(std::vector<HistoryReport> reports, const CheckRequest& request) {
  Nights nights{.reports = std::move(reports), .is_baseline = {}};
  const std::size_t before = nights.reports.size() - 1;
  const std::size_t wanted = std::min(before, static_cast<std::size_t>(request.last));
  nights.is_baseline.resize(nights.reports.size());
  std::fill_n(nights.is_baseline.begin() + static_cast<std::ptrdiff_t>(before - wanted), wanted, true);
  return nights;
}

Nights nights_of_name(const History& history, std::vector<HistoryReport> reports, const CheckRequest& request) {
  std::vector<HistoryReport> named = history.reports(
      {.machine = request.machine, .tag = request.tag, .commit = request.commit, .newest = kMostNamedReports});
  const HistoryReport newest = reports.back();
  std::erase_if(named, [&](const HistoryReport& each) { return each.id == newest.id; });
  if (named.empty()) {
    const std::string what =
        request.tag.empty() ? "commit " + in_quotes(request.commit) : "tag " + in_quotes(request.tag);
    throw Error("no earlier report of machine " + in_quotes(request.machine) + " has " + what +
                "; see muster history list");
  }
  std::map<std::int64_t, bool> is_named;
  for (const HistoryReport& each : reports) is_named[each.id] = false;
  for (HistoryReport& each : named) {
    if (!is_named.contains(each.id)) reports.push_back(each);
    is_named[each.id] = true;
  }
  std::ranges::sort(reports, is_earlier);
  Nights nights{.reports = std::move(reports), .is_baseline = {}, .kind = BaselineKind::named};
  for (const HistoryReport& each : nights.reports) nights.is_baseline.push_back(is_named[each.id]);
  return nights;
}

Nights nights_of(const History& history, const CheckRequest& request) {
  std::vector<HistoryReport> reports = history.reports({.machine = request.machine, .newest = kMostNights + 1});
  if (reports.empty()) {
    throw Error("the history has no report of machine " + in_quotes(request.machine) + "; it knows " +
                known_machines(history));
  }
  const bool is_named = !request.tag.empty() || !request.commit.empty();
  return is_named ? nights_of_name(history, std::move(reports), request)
                  : nights_of_window(std::move(reports), request);
}

CaseMap cases_of(const History& history, const Nights& nights) {
  CaseMap cases;
  for (const StoredSeries& series : history.series()) {
    cases[series.id] = {.key = series.key, .usable = {.better = series.key.better, .values = {}}};
  }
  for (std::size_t i = 0; i < nights.reports.size(); ++i) {
    for (const auto& [series, night] : history.nights(nights.reports[i].id)) {
      const auto found = cases.find(series);
      if (found == cases.end()) continue;  // a damaged file: its key is lost
      CaseNights& each = found->second;
      if (i + 1 == nights.reports.size()) each.tonight = night;
      if (!is_usable(night)) continue;
      each.usable.values.push_back({i, night.median, night.low, night.high, nights.is_baseline[i]});
      if (nights.is_baseline[i]) ++each.baseline_nights;
    }
  }
  return cases;
}

/// The decision over one history; cases that need one over all of them wait in `judged_`.
class Checker {
 public:
  Checker(const History& history, const CheckRequest& request, Nights nights)
      : history_(history), request_(request), nights_(std::move(nights)) {
    options_.smallest_effect = request.smallest_effect;
    options_.changes.smallest_change = std::min(options_.changes.smallest_change, request.smallest_effect);
  }

  HistoryCheck check();

 private:
  /// A case that has both sides, by its place in the result.
  struct Judged {
    std::size_t place = 0;
    std::int64_t series = 0;
    const CaseNights* nights = nullptr;
    SeriesAssessment assessment{};
  };

  std::optional<CheckedCase> without_comparison(const CaseNights& each) const;
  void assess_all(const CaseMap& cases, HistoryCheck& check);
  void judge_by_nights(HistoryCheck& check) const;
  void judge_by_samples(HistoryCheck& check) const;
  void decide(const Judged& judged, CheckedCase& result) const;
  void decide_unchanged(const SeriesAssessment& assessment, CheckedCase& result) const;
  std::string excursion_text(const NightExcursion& excursion, Better better) const;
  DatedChange dated(const NightChange& change) const;
  std::string time_of(std::size_t night) const { return nights_.reports[night].time; }

  const History& history_;
  const CheckRequest& request_;
  Nights nights_;
  AssessmentOptions options_{};
  std::vector<Judged> judged_{};
};

// What needs no statistics. Nothing where the case does not concern these nights at all.
std::optional<CheckedCase> Checker::without_comparison(const CaseNights& each) const {
  const auto nights = static_cast<std::size_t>(std::ranges::count(nights_.is_baseline, true));
  CheckedCase result{.key = each.key, .baseline_nights = each.baseline_nights};
  if (each.tonight && is_usable(*each.tonight)) {
    result.presence = Presence::fresh;
    result.newest = each.tonight->median;
    result.reason = "no report of the baseline has it";
    return result;
  }
  if (each.baseline_nights == 0) return std::nullopt;
  if (each.tonight) {
    result.reason = "the newest report has no number: " + each.tonight->reason;
    return result;
  }
  if (2 * each.baseline_nights < nights) return std::nullopt;  // it comes and goes
  result.presence = Presence::missing;
  result.reason = std::to_string(each.baseline_nights) + " of " + std::to_string(nights) +
                  " reports of the baseline have it, the newest one has not";
  return result;
}

void Checker::assess_all(const CaseMap& cases, HistoryCheck& check) {
  for (const auto& [id, each] : cases) {
    const bool is_compared = each.tonight && is_usable(*each.tonight) && each.baseline_nights > 0;
    if (!is_compared) {
      if (std::optional<CheckedCase> result = without_comparison(each)) check.cases.push_back(std::move(*result));
      continue;
    }
    judged_.push_back({.place = check.cases.size(),
                       .series = id,
                       .nights = &each,
                       .assessment = assess(each.usable, nights_.kind, options_)});
    const SeriesAssessment& assessment = judged_.back().assessment;
    check.cases.push_back({.key = each.key,
                           .baseline_nights = assessment.baseline_nights,
                           .baseline = assessment.baseline,
                           .newest = each.tonight->median});
    for (const NightChange& change : assessment.changes) check.cases.back().changes.push_back(dated(change));
  }
}

DatedChange Checker::dated(const NightChange& change) const {
  const std::vector<HistoryReport>& reports = nights_.reports;
  return {.before = reports[change.before],
          .after = reports[change.after],
          .earliest = reports[change.earliest],
          .latest = reports[change.latest],
          .ratio = change.ratio,
          .low = change.low,
          .high = change.high};
}

Outcome direction_of(double ratio, Better better) {
  if (better == Better::unknown) return Outcome::ambiguous;
  return (ratio > 1) == (better == Better::lower) ? Outcome::slower : Outcome::faster;
}

std::string change_text(double ratio) {
  return percent(std::abs(ratio - 1)) + " % " + (ratio > 1 ? "higher" : "lower");
}

bool matters(double ratio, double smallest_effect) { return std::abs(std::log(ratio)) > std::log1p(smallest_effect); }

// Where nothing changed for sure, or no longer does.
void Checker::decide_unchanged(const SeriesAssessment& assessment, CheckedCase& result) const {
  constexpr double kNoisyNight = 3;  // so many times the spread of nights
  const NightShift& shift = *assessment.tonight;
  if (matters(shift.ratio, request_.smallest_effect) && shift.night_error > kNoisyNight * shift.spread) {
    result.outcome = Outcome::ambiguous;
    result.reason = "the newest report is " + change_text(shift.ratio) + ", but its samples tell no better than " +
                    percent(shift.night_error) + " %: another run would tell";
    return;
  }
  result.outcome = Outcome::same;
  result.reason = "nights differ by " + percent(shift.spread) + " %";
  if (assessment.excursion) {
    result.reason = excursion_text(*assessment.excursion, result.key.better);
  } else if (assessment.level) {
    result.reason = change_text(assessment.level->ratio) + " since " + time_of(assessment.level->after) +
                    ": less than what matters";
  }
}

void show(const auto& estimate, CheckedCase& result) {
  result.ratio = estimate.ratio;
  result.low = estimate.low;
  result.high = estimate.high;
}

// The level first, because it is surer than one night and knows since when.
void Checker::decide(const Judged& judged, CheckedCase& result) const {
  const NightShift& shift = *judged.assessment.tonight;
  const std::optional<NightChange>& level = judged.assessment.level;
  const bool is_tonight = result.adjusted <= request_.false_alarms;
  if (level && matters(level->ratio, request_.smallest_effect) && (level->low > 1 || level->high < 1)) {
    show(*level, result);
    result.since = dated(*level);
    result.outcome = direction_of(level->ratio, result.key.better);
    result.reason = change_text(level->ratio) + " since " + time_of(level->after);
    if (judged.assessment.excursion) {
      result.reason += "; " + excursion_text(*judged.assessment.excursion, result.key.better);
    }
    if (is_tonight && (level->ratio > 1) != (shift.ratio > 1)) {
      result.outcome = Outcome::ambiguous;
      result.reason += ", but the newest report is " + change_text(shift.ratio) + " than that: more reports would tell";
    }
  } else if (is_tonight) {
    show(shift, result);
    result.since = dated({.before = shift.before,
                          .after = shift.since,
                          .earliest = shift.since,
                          .latest = shift.since,
                          .ratio = shift.ratio,
                          .low = shift.low,
                          .high = shift.high});
    result.outcome = direction_of(shift.ratio, result.key.better);
    result.reason =
        change_text(shift.ratio) +
        (shift.since == nights_.reports.size() - 1 ? " in the newest report alone" : " since " + time_of(shift.since));
  } else {
    show(shift, result);
    decide_unchanged(judged.assessment, result);
  }
  if (result.key.better == Better::unknown && result.since) result.reason += ", and nothing says which way is better";
}

std::string Checker::excursion_text(const NightExcursion& excursion, Better better) const {
  const bool was_worse = direction_of(excursion.ratio, better) == Outcome::slower;
  return std::string(was_worse ? "recovered: " : "as before: ") + "it was " + change_text(excursion.ratio) + " from " +
         time_of(excursion.begin) + " to " + time_of(excursion.end);
}

void Checker::judge_by_nights(HistoryCheck& check) const {
  std::vector<double> p_values;
  for (const Judged& judged : judged_) {
    if (judged.assessment.tonight) p_values.push_back(judged.assessment.tonight->p_value);
  }
  const std::vector<double> adjusted = adjust_p_values(p_values, Multiplicity::benjamini_hochberg);
  std::size_t next = 0;
  for (const Judged& judged : judged_) {
    if (!judged.assessment.tonight) continue;
    CheckedCase& result = check.cases[judged.place];
    const NightShift& shift = *judged.assessment.tonight;
    result.p_value = shift.p_value;
    result.adjusted = adjusted[next++];
    result.least_effect =
        least_effect(shift, request_.smallest_effect, request_.false_alarms / static_cast<double>(p_values.size()));
    decide(judged, result);
  }
}

// With few nights nothing tells how far they lie apart but the cases among each other: two runs are compared.
void Checker::judge_by_samples(HistoryCheck& check) const {
  std::vector<const Judged*> waiting;
  std::vector<std::vector<double>> baselines, candidates;
  for (const Judged& judged : judged_) {
    if (judged.assessment.tonight) continue;
    std::size_t night = 0;
    for (const NightValue& value : judged.nights->usable.values) night = value.is_baseline ? value.night : night;
    waiting.push_back(&judged);
    baselines.push_back(history_.samples(nights_.reports[night].id, judged.series));
    candidates.push_back(history_.samples(nights_.reports.back().id, judged.series));
  }
  std::vector<SamplePair> pairs;
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    pairs.push_back({baselines[i], candidates[i], waiting[i]->nights->key.better});
  }
  const std::vector<Difference> found =
      differences(pairs, {.smallest_effect = request_.smallest_effect, .false_alarms = request_.false_alarms});
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    CheckedCase& result = check.cases[waiting[i]->place];
    result.outcome = found[i].outcome;
    result.reason = found[i].reason + "; by samples of two reports, as fewer than " + std::to_string(kLeastNights) +
                    " reports do not tell their spread";
    result.ratio = found[i].ratio;
    result.low = found[i].low;
    result.high = found[i].high;
    result.p_value = found[i].p_value;
    result.adjusted = found[i].adjusted;
    if (found[i].outcome != Outcome::no_data) result.least_effect = found[i].least_effect;
  }
}

std::string baseline_name(const CheckRequest& request, std::size_t reports) {
  if (!request.tag.empty()) return "tag " + printable(request.tag);
  if (!request.commit.empty()) return "commit " + printable(request.commit);
  return reports == 1 ? "the report before" : "the " + std::to_string(reports) + " reports before";
}

HistoryCheck Checker::check() {
  HistoryCheck check{.newest = nights_.reports.back(), .baseline = {}, .baseline_name = {}, .cases = {}};
  for (std::size_t i = 0; i < nights_.reports.size(); ++i) {
    if (nights_.is_baseline[i]) check.baseline.push_back(nights_.reports[i]);
  }
  check.baseline_name = baseline_name(request_, check.baseline.size());
  const CaseMap cases = cases_of(history_, nights_);
  options_.changes.false_alarms = kChangeAlarms / static_cast<double>(std::max<std::size_t>(1, cases.size()));
  assess_all(cases, check);
  judge_by_nights(check);
  judge_by_samples(check);
  return check;
}

}  // namespace

std::string_view name_of(Presence presence) { return kPresences[static_cast<std::size_t>(presence)]; }

HistoryCheck check_history(const History& history, const CheckRequest& request) {
  MUSTER_ASSERT(request.last > 0 && (request.tag.empty() || request.commit.empty()));
  return Checker(history, request, nights_of(history, request)).check();
}

Judgement judgement_of(const HistoryCheck& check) {
  std::map<Outcome, int> counts;
  int missing = 0, fresh = 0;
  for (const CheckedCase& each : check.cases) {
    if (each.presence == Presence::both) ++counts[each.outcome];
    if (each.presence == Presence::missing) ++missing;
    if (each.presence == Presence::fresh) ++fresh;
  }
  std::string text;
  const auto say = [&text](int count, std::string_view what) {
    if (count > 0) text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + std::string(what);
  };
  for (const Outcome outcome : {Outcome::slower, Outcome::ambiguous, Outcome::faster, Outcome::same}) {
    say(counts[outcome], name_of(outcome));
  }
  say(counts[Outcome::no_data], "without numbers");
  say(missing, "missing");
  say(fresh, "new");
  if (counts[Outcome::slower] > 0) return {Verdict::fail, text};
  if (check.baseline.empty()) return {Verdict::no_data, "there is no report before it"};
  if (counts[Outcome::same] + counts[Outcome::faster] + counts[Outcome::ambiguous] == 0) {
    return {Verdict::no_data, "nothing could be compared" + (text.empty() ? "" : ": " + text)};
  }
  if (missing + counts[Outcome::no_data] > 0) return {Verdict::no_data, text};
  return {counts[Outcome::ambiguous] > 0 ? Verdict::ambiguous : Verdict::pass, text};
}

}  // namespace muster
