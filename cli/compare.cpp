// SPDX-License-Identifier: Apache-2.0
// muster compare: reports of two or more machines, or of one machine at two times, case by case.
#include <array>
#include <charconv>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <set>

#include "cli/command.hpp"
#include "cli/report_files.hpp"
#include "core/error.hpp"
#include "core/fields.hpp"
#include "reports/comparison/comparison_text.hpp"

namespace muster {
namespace {

struct CompareOptions {
  std::vector<std::string> reports;
  std::vector<std::string> labels;
  std::vector<std::string> prices, watts, weights;
  std::vector<std::string> outputs;
  double smallest_effect = DifferenceOptions{}.smallest_effect;
  bool best = false, all = false, fresh = false;
};

// "NAME=NUMBER"; the name may hold "=" itself, the number may not.
std::pair<std::string, double> named_number(const std::string& text, const std::string& option, Range<double> range) {
  const std::size_t equals = text.rfind('=');
  const std::string_view digits = std::string_view(text).substr(equals == std::string::npos ? text.size() : equals + 1);
  double number = 0;
  const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool is_number = status == std::errc() && end == digits.data() + digits.size();
  if (!is_number || !(number >= range.at_least && number <= range.at_most)) {
    throw Error(option + " " + in_quotes(text) + " is not NAME=NUMBER with a number from " +
                to_line(Json(range.at_least)) + " to " + to_line(Json(range.at_most)));
  }
  return {text.substr(0, equals), number};
}

// Of a folder its name, of a file its name without the ending; "report.json" is called as its folder.
std::string label_of(const std::string& path) {
  std::filesystem::path place = std::filesystem::path(path).lexically_normal();
  if (!place.has_filename()) place = place.parent_path();
  if (place.filename() == "report.json" && place.has_parent_path()) return place.parent_path().filename().string();
  return place.extension() == ".json" ? place.stem().string() : place.filename().string();
}

std::vector<ComparedReport> read_reports(const CompareOptions& options) {
  if (!options.labels.empty() && options.labels.size() != options.reports.size()) {
    throw Error("--label is given " + std::to_string(options.labels.size()) + " times for " +
                std::to_string(options.reports.size()) + " reports: give one for each, or none");
  }
  std::vector<ComparedReport> reports;
  std::set<std::string> labels;
  for (const std::string& path : options.reports) {
    std::string label = options.labels.empty() ? label_of(path) : options.labels[reports.size()];
    while (!labels.insert(label).second) label += "'";
    reports.push_back({.label = label, .report = read_report(path)});
    reports.back().watts = watts_of(reports.back().report);
  }
  return reports;
}

ComparedReport& labelled(std::vector<ComparedReport>& reports, const std::string& label) {
  for (ComparedReport& each : reports) {
    if (each.label == label) return each;
  }
  std::string known;
  for (const ComparedReport& each : reports) known += (known.empty() ? "" : ", ") + each.label;
  throw Error("no report is called " + in_quotes(label) + ": the names are " + known);
}

using TextOf = std::string (*)(const Comparison&);

struct OutputFormat {
  std::string_view ending;
  TextOf text_of;
};

constexpr std::array<OutputFormat, 4> kOutputFormats = {{
    {".json", [](const Comparison& comparison) { return to_document(to_json(comparison)); }},
    {".md", comparison_markdown},
    {".html", comparison_html},
    {".txt", [](const Comparison& comparison) { return comparison_table(comparison, {.most_cases = 0}); }},
}};

TextOf format_of(const std::string& path) {
  for (const OutputFormat& format : kOutputFormats) {
    if (path.ends_with(format.ending)) return format.text_of;
  }
  throw Error("--out " + in_quotes(path) + ": the name must end in .json, .md, .html or .txt");
}

int run_compare(const CompareOptions& options) {
  for (const std::string& path : options.outputs) format_of(path);  // before the work
  ComparisonOptions comparison_options;
  comparison_options.differences.smallest_effect = options.smallest_effect;
  if (options.fresh) comparison_options.differences.run_spread = RunSpread::none;
  if (options.best) comparison_options.alignment = Alignment::best;
  for (const std::string& text : options.weights) {
    const auto [pattern, weight] = named_number(text, "--weight", {0, 1e9});
    comparison_options.weights.push_back({pattern, weight});
  }
  std::vector<ComparedReport> reports = read_reports(options);
  constexpr Range<double> kPositive = {1e-9, 1e12};
  for (const std::string& text : options.prices) {
    const auto [label, price] = named_number(text, "--price", kPositive);
    labelled(reports, label).price = price;
  }
  for (const std::string& text : options.watts) {
    const auto [label, watts] = named_number(text, "--watts", kPositive);
    labelled(reports, label).watts = watts;
  }
  const Comparison comparison = compare(reports, comparison_options);
  std::cout << comparison_table(
      comparison, {.most_cases = options.all ? 0 : ComparisonText{}.most_cases, .style = style_of_output()});
  for (const std::string& path : options.outputs) write_file(path, format_of(path)(comparison));
  return exit_code(judgement_of(comparison).verdict);
}

}  // namespace

void add_compare(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "compare",
      "Reports beside the first one, case by case; exit code 1 if something is slower, 3 if it cannot be told");
  const auto options = std::make_shared<CompareOptions>();
  command->add_option("reports", options->reports, "report.json files or folders of runs; the first is the baseline")
      ->required()
      ->expected(2, 64);
  command->add_option("--label", options->labels, "Name of a report, in their order (default: its file's or folder's)");
  command->add_option("--price", options->prices, "NAME=NUMBER: what a GPU of that report costs for an hour");
  command->add_option("--watts", options->watts, "NAME=NUMBER: what a GPU draws (default: its own reading under load)");
  command->add_option("--weight", options->weights,
                      "PATTERN=NUMBER: how often cases count in means; 0 leaves them out");
  command->add_option("--effect", options->smallest_effect, "Smallest change that matters, as a fraction")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  command->add_flag("--best", options->best, "Compare the fastest algorithm and transport of each size");
  command->add_flag("--other-machine", options->fresh,
                    "Every difference counts (default: what two runs of one machine differ by is allowed for)");
  command->add_flag("--all", options->all, "List all cases that are not the same");
  command->add_option("--out", options->outputs, "Also write FILE.json, .md, .html or .txt (repeatable)");
  command->callback([options, &exit_code] { exit_code = run_compare(*options); });
}

}  // namespace muster
