// SPDX-License-Identifier: Apache-2.0
// The table for the terminal and the Markdown for a ticket: the answer first, then families, then single cases.
#include "reports/comparison/comparison_text.hpp"

#include <sstream>

#include "reports/comparison/comparison_cells.hpp"

namespace muster {

namespace {

std::vector<std::string> family_headings(const ComparedPair& pair) {
  std::vector<std::string> headings = {"family", "cases", "gain", "95 % interval"};
  if (has_price(pair)) headings.push_back("per price");
  if (has_joule(pair)) headings.push_back("per joule");
  return headings;
}

std::vector<std::string> family_cells(const ComparedPair& pair, const FamilyMean& mean) {
  std::vector<std::string> cells = {mean.family, std::to_string(mean.cases), gain_cell(mean.gain),
                                    interval_cell(mean.low, mean.high)};
  if (has_price(pair)) cells.push_back(gain_cell(mean.gain_per_price));
  if (has_joule(pair)) cells.push_back(gain_cell(mean.gain_per_joule));
  return cells;
}

std::string case_name(const ComparedCase& each) {
  return each.other.empty() ? each.id : each.id + " against " + each.other;
}

void print_case(std::ostream& out, const ComparedCase& each, const TextStyle& style) {
  const std::string outcome(name_of(each.difference.outcome));
  const std::string line = wrapped("  " + outcome + "  " + printable(case_name(each)), 6, style);
  out << "  " << coloured(outcome, outcome, style) << line.substr(2 + outcome.size()) << '\n'
      << wrapped("      " + printable(each.difference.reason), 6, style) << '\n';
}

void print_pair(std::ostream& out, const Comparison& comparison, const ComparedPair& pair,
                const ComparisonText& options) {
  const auto& [most, style] = options;
  const std::string title =
      printable(pair.label) + " against " + printable(comparison.baseline) + ": " + counts_text(pair);
  out << '\n' << wrapped(title, 2, style) << "\n(gain: 2 = twice as good; families: geometric means)\n\n";
  std::vector<Column> columns;
  for (const std::string& heading : family_headings(pair)) {
    columns.push_back({heading, columns.empty() ? Align::left : Align::right});
  }
  TextTable families(columns);
  for (const FamilyMean& mean : pair.families) families.add(family_cells(pair, mean));
  families.print(out, style);

  const std::vector<const ComparedCase*> cases = notable_cases(pair);
  const std::size_t shown = most > 0 ? std::min(cases.size(), static_cast<std::size_t>(most)) : cases.size();
  if (shown > 0) out << '\n';
  for (std::size_t i = 0; i < shown; ++i) print_case(out, *cases[i], style);
  if (shown < cases.size()) out << "  ... and " << cases.size() - shown << " more (--all)\n";
  const std::size_t refused =
      most > 0 ? std::min(pair.refusals.size(), static_cast<std::size_t>(most)) : pair.refusals.size();
  if (refused > 0) out << "\nnot compared:\n";
  for (std::size_t i = 0; i < refused; ++i) out << wrapped("  " + printable(pair.refusals[i]), 4, style) << '\n';
  if (refused < pair.refusals.size()) out << "  ... and " << pair.refusals.size() - refused << " more (--all)\n";
}

// A pipe would end the cell; the rest of Markdown's marks could make links and images of a hostile name.
std::string markdown(std::string_view text) {
  std::string safe;
  for (const char c : printable(text)) {
    if (std::string_view("|\\`*_<>[]()#!&~").find(c) != std::string_view::npos) safe += '\\';
    safe += c;
  }
  return safe;
}

void print_row(std::ostream& out, const std::vector<std::string>& cells) {
  out << '|';
  for (const std::string& cell : cells) out << ' ' << markdown(cell) << " |";
  out << '\n';
}

void print_header(std::ostream& out, const std::vector<std::string>& headings) {
  print_row(out, headings);
  out << '|';
  for (std::size_t i = 0; i < headings.size(); ++i) out << (i == 0 ? " --- |" : " ---: |");
  out << '\n';
}

}  // namespace

std::string comparison_table(const Comparison& comparison, const ComparisonText& options) {
  std::ostringstream out;
  for (const std::string& source : comparison.sources) out << wrapped(printable(source), 2, options.style) << '\n';
  for (const ComparedPair& pair : comparison.pairs) print_pair(out, comparison, pair, options);
  const auto [verdict, reason] = judgement_of(comparison);
  out << '\n' << verdict_line(name_of(verdict), reason, options.style) << '\n';
  return out.str();
}

std::string comparison_markdown(const Comparison& comparison) {
  std::ostringstream out;
  const auto [verdict, reason] = judgement_of(comparison);
  out << "## " << name_of(verdict) << ": " << markdown(reason) << "\n\n";
  for (const std::string& source : comparison.sources) out << "* " << markdown(source) << '\n';
  for (const ComparedPair& pair : comparison.pairs) {
    out << "\n### " << markdown(pair.label) << " against " << markdown(comparison.baseline) << "\n\n"
        << counts_text(pair) << ". Gain: 2 = twice as good; families are geometric means.\n\n";
    print_header(out, family_headings(pair));
    for (const FamilyMean& mean : pair.families) print_row(out, family_cells(pair, mean));
    const std::vector<const ComparedCase*> cases = notable_cases(pair);
    if (!cases.empty()) {
      out << "\n<details><summary>" << cases.size() << " cases that are not the same</summary>\n\n";
      print_header(out, {"case", "outcome", "gain", "95 % interval", "reason"});
      for (const ComparedCase* each : cases) {
        print_row(out, {case_name(*each), std::string(name_of(each->difference.outcome)), gain_cell(*each),
                        interval_cell(*each), each->difference.reason});
      }
      out << "\n</details>\n";
    }
    if (pair.refusals.empty()) continue;
    out << "\n<details><summary>" << pair.refusals.size() << " not compared</summary>\n\n";
    for (const std::string& refusal : pair.refusals) out << "* " << markdown(refusal) << '\n';
    out << "\n</details>\n";
  }
  return out.str();
}

}  // namespace muster
