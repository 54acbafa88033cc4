// SPDX-License-Identifier: Apache-2.0
// Is the newest report of a machine worse than its baseline, since when, in which cases? What `muster history check`
// says. The decision is one over all cases of the report; the spread of nights, not of samples, is what it is made by.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/history/series_check.hpp"
#include "reports/history/store.hpp"
#include "reports/verdict.hpp"

namespace muster {

struct CheckRequest {
  std::string machine{};
  int last = 30;  ///< nights of the baseline, where neither tag nor commit is given
  std::string tag{}, commit{};
  double smallest_effect = 0.02;  ///< relative; less is not worth a line
  double false_alarms = 0.01;     ///< wanted rate of reports with any false alarm of one night
};

/// A change with the reports on both sides of it.
struct DatedChange {
  HistoryReport before, after;     ///< last of the old level, first of the new one
  HistoryReport earliest, latest;  ///< 95 %: the first one of the new level
  double ratio = 1, low = 1, high = 1;
};

/// What became of a case.
enum class Presence {
  both,
  missing,  ///< most of the baseline has it, the newest report has not
  fresh,    ///< only the newest report has it
};

std::string_view name_of(Presence presence);

struct CheckedCase {
  SeriesKey key;
  Presence presence = Presence::both;
  Outcome outcome = Outcome::no_data;
  std::string reason{};  ///< one line
  std::size_t baseline_nights = 0;
  double baseline = 0, newest = 0;       ///< medians, in the unit of the case; 0 where there is none
  double ratio = 1, low = 1, high = 1;   ///< newest level / baseline; meaningless for no_data
  double p_value = 1, adjusted = 1;      ///< of the newest night alone
  std::optional<double> least_effect{};  ///< what would have been seen in one night
  std::optional<DatedChange> since{};    ///< slower, faster: since when
  std::vector<DatedChange> changes{};    ///< of the whole series
};

struct HistoryCheck {
  HistoryReport newest;
  std::vector<HistoryReport> baseline;
  std::string baseline_name;       ///< "the 30 reports before", "tag v1.2"
  std::vector<CheckedCase> cases;  ///< in the order in which the cases came into the history
};

/// Throws Error where the machine has no reports or the tag or commit names none.
HistoryCheck check_history(const History& history, const CheckRequest& request);

/// fail: something is slower; ambiguous, no_data: something cannot be told, is missing, or nothing could be compared.
Judgement judgement_of(const HistoryCheck& check);

Json to_json(const DatedChange& change);
/// Schema muster/history-check/1.
Json to_json(const HistoryCheck& check);

}  // namespace muster
