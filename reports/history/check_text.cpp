// SPDX-License-Identifier: Apache-2.0
// The table of a check: worst first, each change with the reports before and after it, and the verdict at the end.
#include "reports/history/check_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>

namespace muster {

namespace {

constexpr std::size_t kMostNotable = 40;  // more lines, each with its reason, are read by nobody

constexpr std::array kOrder = {Outcome::slower, Outcome::ambiguous, Outcome::no_data, Outcome::faster, Outcome::same};

bool has_ratio(const CheckedCase& each) { return each.presence == Presence::both && each.outcome != Outcome::no_data; }

std::string outcome_cell(const CheckedCase& each) {
  return std::string(each.presence == Presence::both ? name_of(each.outcome) : name_of(each.presence));
}

std::string ratio_cell(const CheckedCase& each) { return has_ratio(each) ? significant(each.ratio) : "-"; }

std::string interval_cell(const CheckedCase& each) {
  return has_ratio(each) ? significant(each.low) + " to " + significant(each.high) : "-";
}

std::string value_cell(double value, const CheckedCase& each) {
  return value > 0 ? value_in_unit(value, each.key.unit) : "-";
}

bool is_notable(const CheckedCase& each) {
  return each.outcome != Outcome::same || each.reason.starts_with("recovered");
}

// By outcome, then by the size of the change; otherwise as they came into the history.
std::vector<const CheckedCase*> in_order(const HistoryCheck& check, CheckedLines lines) {
  std::vector<const CheckedCase*> cases;
  for (const CheckedCase& each : check.cases) {
    if (lines == CheckedLines::all || is_notable(each)) cases.push_back(&each);
  }
  std::ranges::stable_sort(cases, [](const CheckedCase* left, const CheckedCase* right) {
    const auto rank = [](const CheckedCase* each) {
      const double size = has_ratio(*each) ? std::abs(std::log(each->ratio)) : 0;
      return std::pair(std::ranges::find(kOrder, each->outcome) - kOrder.begin(), -size);
    };
    return rank(left) < rank(right);
  });
  return cases;
}

void print_reason(std::ostream& out, const CheckedCase& each, const TextStyle& style) {
  out << wrapped(printable(each.key.case_id + ": " + each.reason), 4, style) << '\n';
  if (!each.since) return;
  std::string dates = "    last report before: " + report_name(each.since->before) +
                      "; first one after: " + report_name(each.since->after);
  if (each.since->earliest.id != each.since->latest.id) {
    dates += "; with 95 % between " + each.since->earliest.time + " and " + each.since->latest.time;
  }
  out << wrapped(printable(dates), 6, style) << '\n';
}

}  // namespace

std::string value_in_unit(double value, const std::string& unit) {
  if (unit == kSecondsUnit) return significant(value * 1e6) + " us";
  return significant(value) + " " + printable(unit);
}

std::string report_name(const HistoryReport& report) {
  std::string labels;
  if (!report.commit.empty()) labels = "commit " + report.commit;
  if (!report.tag.empty()) labels += (labels.empty() ? "" : ", ") + ("tag " + report.tag);
  return printable(report.time + (labels.empty() ? "" : " (" + labels + ")"));
}

std::string check_table(const HistoryCheck& check, CheckedLines lines, const TextStyle& style) {
  std::ostringstream out;
  const std::string head = check.newest.machine + ": " + report_name(check.newest) + ", " + check.newest.origin;
  out << wrapped(printable(head), 2, style) << '\n';
  if (!check.baseline.empty()) {
    const std::string against =
        "against " + check.baseline_name + ", " + check.baseline.front().time + " to " + check.baseline.back().time;
    out << wrapped(printable(against), 2, style) << '\n';
  }
  std::vector<const CheckedCase*> cases = in_order(check, lines);
  const std::size_t found = cases.size();
  if (lines == CheckedLines::notable) cases.resize(std::min(found, kMostNotable));
  TextTable table({{"case", Align::left},
                   {"verdict", Align::left},
                   {"ratio"},
                   {"interval", Align::right, Need::room},
                   {"baseline", Align::right, Need::room},
                   {"newest", Align::right, Need::room},
                   {"reports", Align::right, Need::room}});
  for (const CheckedCase* each : cases) {
    table.add({printable(each->key.case_id), outcome_cell(*each), ratio_cell(*each), interval_cell(*each),
               value_cell(each->baseline, *each), value_cell(each->newest, *each),
               std::to_string(each->baseline_nights)});
  }
  if (!cases.empty()) out << '\n';
  table.print(out, style);
  if (found > cases.size()) out << "  ... and " << found - cases.size() << " more (--all)\n";
  if (!cases.empty()) out << '\n';
  for (const CheckedCase* each : cases) {
    if (is_notable(*each)) print_reason(out, *each, style);
  }
  const Judgement judgement = judgement_of(check);
  const std::string word(name_of(judgement.verdict));
  out << '\n' << coloured(word, word, style) << ": " << judgement.reason << '\n';
  return out.str();
}

}  // namespace muster
