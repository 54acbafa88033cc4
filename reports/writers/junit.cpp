// SPDX-License-Identifier: Apache-2.0
// JUnit XML, as CI systems show it: a test per case, per rule, and one for the whole report. CI knows no "ambiguous",
// and what is not proven must not be green: it is a failure whose type says so. docs/reports.md has the table.
#include <array>
#include <numeric>

#include "reports/rows.hpp"
#include "reports/table_cells.hpp"
#include "reports/writers/text.hpp"
#include "reports/writers/writers.hpp"

namespace muster {

namespace {

struct Test {
  std::string class_name;
  std::string name;
  double seconds = 0;  ///< that its samples took
  std::string verdict;
  std::string reason;
};

struct Outcome {
  std::string_view verdict;
  std::string_view element;  ///< empty = passed
};
constexpr std::array<Outcome, 5> kOutcomes = {
    {{"pass", ""}, {"fail", "failure"}, {"ambiguous", "failure"}, {"no_data", "error"}, {"unsupported", "skipped"}}};

std::string_view element_of(const Test& test) {
  for (const Outcome& outcome : kOutcomes) {
    if (outcome.verdict == test.verdict) return outcome.element;
  }
  return "error";
}

std::string attribute(std::string_view name, std::string_view value) {
  return " " + std::string(name) + "=\"" + markup_text(value) + "\"";
}

Test test_of(const Row& row) {
  Test test = {.class_name = "muster." + std::string(name_of(row.item.family)),
               .name = row.item.id,
               .verdict = verdict_cell(row),
               .reason = row.reason};
  if (row.record) test.seconds = std::accumulate(row.record->seconds.begin(), row.record->seconds.end(), 0.0);
  return test;
}

std::vector<Test> tests_of_cases(const Report& report) {
  std::vector<Test> tests;
  for (const Row& row : report.rows) tests.push_back(test_of(row));
  return tests;
}

std::vector<Test> tests_of_rules(const Report& report) {
  std::vector<Test> tests;
  for (const RuleResult& rule : report.rules) {
    tests.push_back({.class_name = "muster.rule",
                     .name = rule.rule + " (" + rule.requirement + ")",
                     .verdict = std::string(name_of(rule.verdict)),
                     .reason = rule.reason});
  }
  return tests;
}

// The verdict counts more than cases and rules: a finding about a GPU's health fails a report, too.
std::vector<Test> test_of_report(const Report& report) {
  return {{.class_name = "muster.report",
           .name = "verdict",
           .verdict = std::string(name_of(report.verdict)),
           .reason = report.reason}};
}

struct Suite {
  std::string_view name;
  std::vector<Test> (*tests)(const Report& report);
};
constexpr std::array<Suite, 3> kSuites = {
    {{"report", test_of_report}, {"rules", tests_of_rules}, {"cases", tests_of_cases}}};

struct Counts {
  std::size_t tests = 0, failures = 0, errors = 0, skipped = 0;
  double seconds = 0;

  void add(const Test& test) {
    const std::string_view element = element_of(test);
    ++tests;
    failures += element == "failure" ? 1 : 0;
    errors += element == "error" ? 1 : 0;
    skipped += element == "skipped" ? 1 : 0;
    seconds += test.seconds;
  }

  std::string attributes() const {
    return attribute("tests", std::to_string(tests)) + attribute("failures", std::to_string(failures)) +
           attribute("errors", std::to_string(errors)) + attribute("skipped", std::to_string(skipped)) +
           attribute("time", exact_number(seconds));
  }
};

std::string text_of(const Test& test) {
  std::string text = "    <testcase" + attribute("classname", test.class_name) + attribute("name", test.name) +
                     attribute("time", exact_number(test.seconds));
  const std::string element(element_of(test));
  if (element.empty()) return text + "/>\n";
  text += ">\n      <" + element + attribute("message", test.reason);
  if (element != "skipped") text += attribute("type", test.verdict);
  return text + "/>\n    </testcase>\n";
}

std::string properties_of(const Report& report) {
  std::string text = "    <properties>\n";
  const auto add = [&](std::string_view name, std::string_view value) {
    text += "      <property" + attribute("name", name) + attribute("value", value) + "/>\n";
  };
  add("suite", report.plan.suite);
  add("ranks", std::to_string(report.plan.ranks));
  add("plan_hash", plan_hash(report.plan));
  if (!report.run.headers.empty()) {
    add("started", report.run.headers.front().started);
    for (const auto& [name, version] : report.run.headers.front().versions) add(name + "_version", version);
  }
  return text + "    </properties>\n";
}

}  // namespace

std::string write_junit(const Report& report, const WriteOptions&) {
  Counts all;
  std::string suites;
  for (const Suite& suite : kSuites) {
    Counts counts;
    std::string tests;
    for (const Test& test : suite.tests(report)) {
      counts.add(test);
      all.add(test);
      tests += text_of(test);
    }
    suites += "  <testsuite" + attribute("name", suite.name) + counts.attributes() + ">\n" +
              (suite.name == "report" ? properties_of(report) : "") + tests + "  </testsuite>\n";
  }
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" + attribute("name", "muster") + all.attributes() +
         ">\n" + suites + "</testsuites>\n";
}

}  // namespace muster
