// SPDX-License-Identifier: Apache-2.0
// Markdown (GitHub's dialect) for a pull request or a ticket: the verdict first, what did not pass, the rest folded.
#include <algorithm>

#include "reports/rows.hpp"
#include "reports/table_cells.hpp"
#include "reports/writers/text.hpp"
#include "reports/writers/writers.hpp"

namespace muster {

namespace {

// GitHub refuses longer comments (65,536 characters), and a verdict that cannot be posted helps nobody.
constexpr std::size_t kMostBytes = 60'000;
constexpr std::string_view kLeftOut = "\nToo long for a comment: the rest is in the JSON and HTML reports.\n";

std::string line_of(std::initializer_list<std::string> cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line.append(" ").append(cell).append(" |");
  return line + "\n";
}

std::string number_of(const Row& row) {
  if (row.value) return value_cell(row) + " " + markdown_text(row.item.unit);
  if (row.flops_per_second > 0) return teraflops_cell(row.flops_per_second) + " TFLOPS";
  if (row.busbw > 0) return gigabytes_cell(row.busbw) + " GB/s bus";
  return row.algbw > 0 ? gigabytes_cell(row.algbw) + " GB/s" : kUnknownCell;
}

std::string counts_of(const Report& report) {
  std::string text;
  for (const char* state : {"pass", "fail", "ambiguous", "no_data", "unsupported"}) {
    const auto count = std::ranges::count_if(report.rows, [&](const Row& row) { return verdict_cell(row) == state; });
    if (count == 0) continue;
    text.append(text.empty() ? "" : ", ").append(std::to_string(count)).append(" ").append(markdown_text(state));
  }
  return text;
}

std::string head_of(const Report& report) {
  return "**Muster: " + markdown_text(name_of(report.verdict)) + "** — " + markdown_text(report.reason) + "\n\n" +
         std::to_string(report.rows.size()) + " cases (" + counts_of(report) + ") on " +
         std::to_string(report.plan.ranks) + " ranks, suite " + markdown_code(report.plan.suite) + ", plan " +
         markdown_code(plan_hash(report.plan)) + "\n";
}

std::string failures(const Report& report) {
  std::string lines;
  for (const RowList& rows : not_passed(report)) {
    const Row& first = *rows.front();
    std::string what = markdown_code(first.item.id);
    if (rows.size() > 1) what += " and " + std::to_string(rows.size() - 1) + " more";
    lines += line_of({what, markdown_text(verdict_cell(first)), markdown_text(first.reason)});
  }
  if (lines.empty()) return {};
  return "\n### Not passed\n\n" + line_of({"case", "verdict", "reason"}) + "|---|---|---|\n" + lines;
}

std::string rules(const Report& report) {
  std::string lines;
  for (const RuleResult& rule : report.rules) {
    lines += line_of({markdown_text(rule.rule), markdown_text(rule.requirement), markdown_text(name_of(rule.verdict)),
                      markdown_text(rule.reason)});
  }
  if (lines.empty()) return {};
  return "\n### Rules\n\n" + line_of({"rule", "demand", "verdict", "reason"}) + "|---|---|---|---|\n" + lines;
}

std::string findings(const Report& report) {
  std::string lines;
  for (const Finding& finding : report.health.findings) {
    lines += "- " + std::string(name_of(finding.severity)) + " " + markdown_code(finding.place) + " " +
             markdown_text(finding.meaning) + "\n";
  }
  for (const std::string& finding : report.findings) lines += "- note: " + markdown_text(finding) + "\n";
  return lines.empty() ? "" : "\n### Findings\n\n" + lines;
}

std::string all_cases(const Report& report) {
  std::string lines;
  for (const Row& row : report.rows) {
    lines += line_of({markdown_code(row.item.id), time_cell(row), number_of(row), percent_cell(row.fraction_of_limit),
                      percent_cell(row.fraction_of_prediction), wrong_cell(row), markdown_text(verdict_cell(row))});
  }
  if (lines.empty()) return {};
  return "\n<details><summary>All " + std::to_string(report.rows.size()) + " cases</summary>\n\n" +
         line_of({"case", "time (us)", "rate", "% of limit", "% of prediction", "wrong", "verdict"}) +
         "|---|--:|--:|--:|--:|--:|---|\n" + lines + "\n</details>\n";
}

}  // namespace

std::string write_markdown(const Report& report, const WriteOptions&) {
  std::string text = head_of(report);
  for (const auto part : {failures, rules, findings, all_cases}) {
    const std::string more = part(report);
    if (text.size() + more.size() <= kMostBytes) {
      text += more;
    } else if (!text.ends_with(kLeftOut)) {
      text += kLeftOut;
    }
  }
  return text;
}

}  // namespace muster
