// SPDX-License-Identifier: Apache-2.0
// The program muster_verdict_rates: how often the statistics are right, on series of known truth and on stored runs of
// this machine. Its table stands in docs/verdict-rates.md.
#include <CLI/CLI.hpp>
#include <iostream>
#include <map>

#include "benchmarks/verdict_rates.hpp"
#include "core/error.hpp"
#include "reports/record.hpp"
#include "reports/text_table.hpp"

namespace muster {
namespace {

struct Options {
  int reports = 200;
  std::uint64_t seed = 1;
  std::vector<std::string> runs;
};

std::string rate_text(const Rate& rate) {
  const RateInterval interval = interval_of(rate);
  return std::to_string(rate.hits) + " of " + std::to_string(rate.tried) + " (" + percent(interval.low) + " to " +
         percent(interval.high) + " %)";
}

void print_reports(const Options& options) {
  std::cout
      << "Reports of 300 cases with 30 samples each, compared with reports of the same machine; and with one case "
         "5 % slower.\n\n";
  TextTable table(
      {{"noise", Align::left}, {"false alarms, of reports"}, {"5 % found, of reports"}, {"same, of cases"}});
  const auto kinds = noise_kinds();
  for (std::size_t i = 0; i <= kinds.size(); ++i) {
    const auto chosen = i < kinds.size() ? kinds.subspan(i, 1) : kinds;
    const std::string name = i < kinds.size() ? std::string(kinds[i].name) : "all by turns";
    const ReportShape shape{.reports = options.reports, .seed = options.seed + 100 * i};
    const ReportRates level = rate_reports(shape, chosen, 1);
    const ReportRates slower = rate_reports({.reports = options.reports, .seed = shape.seed + 50}, chosen, 1.05);
    table.add({name, rate_text(level.false_alarms), rate_text(slower.found), percent(level.same.value()) + " %"});
  }
  table.print(std::cout);
  std::cout << "\n";
  TextTable meanings({{"noise", Align::left}, {"each series", Align::left}});
  for (const NoiseKind& kind : kinds) meanings.add({std::string(kind.name), std::string(kind.meaning)});
  meanings.print(std::cout);
}

void print_nights(const Options& options) {
  const NightShape shape{.series = 10 * options.reports, .seed = options.seed};
  const NightRates step = rate_change_points(shape, 1.03);
  const NightRates level = rate_change_points(shape, 1);
  const Rate nightly = rate_nightly_checks({.series = 2 * options.reports, .seed = options.seed + 1});
  std::cout << "\nSeries of 365 nights with 2 % noise; a step of 3 % with at least 30 nights on each side.\n\n";
  TextTable table({{"question", Align::left}, {"series"}});
  table.add({"the step is found", rate_text(step.found)});
  table.add({"and dated within three nights", rate_text(step.dated)});
  table.add({"another one is found beside it", rate_text(step.other_alarms)});
  table.add({"one is found where there is none", rate_text(level.other_alarms)});
  table.add({"nightly checks of a year ever find one where there is none", rate_text(nightly)});
  table.print(std::cout);
}

/// The last samples of each case.
using Series = std::map<std::string, std::vector<double>>;

Series series_of(const std::string& path) {
  Series series;
  for (const Record& record : read_run(path).records) {
    if (!record.seconds.empty()) series[record.case_id] = record.seconds;
  }
  return series;
}

struct Halves {
  Series first, second;
};

// The first half of the samples of each case against the second, as if they were two runs.
Halves halves_of(const Series& series) {
  Halves halves;
  for (const auto& [id, samples] : series) {
    const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
    halves.first[id] = {samples.begin(), middle};
    halves.second[id] = {middle, samples.end()};
  }
  return halves;
}

void add_comparison(TextTable& table, const std::string& what, const Series& baseline, const Series& candidate) {
  std::vector<SamplePair> pairs;
  for (const auto& [id, samples] : baseline) {
    const auto found = candidate.find(id);
    if (found != candidate.end()) pairs.push_back({.baseline = samples, .candidate = found->second});
  }
  std::map<Outcome, int> counts;
  for (const Difference& difference : differences(pairs)) ++counts[difference.outcome];
  table.add({printable(what), std::to_string(pairs.size()), std::to_string(counts[Outcome::same]),
             std::to_string(counts[Outcome::ambiguous] + counts[Outcome::no_data]),
             std::to_string(counts[Outcome::slower]), std::to_string(counts[Outcome::faster])});
}

void print_stored(const Options& options) {
  if (options.runs.empty()) return;
  std::vector<Series> all;
  for (const std::string& path : options.runs) all.push_back(series_of(path));
  TextTable table({{"stored runs", Align::left}, {"cases"}, {"same"}, {"ambiguous"}, {"slower"}, {"faster"}});
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Halves halves = halves_of(all[i]);
    add_comparison(table, "halves of run " + std::to_string(i + 1), halves.first, halves.second);
    for (std::size_t j = i + 1; j < all.size(); ++j) {
      add_comparison(table, "run " + std::to_string(j + 1) + " against run " + std::to_string(i + 1), all[i], all[j]);
    }
  }
  std::cout << "\n";
  table.print(std::cout);
}

}  // namespace
}  // namespace muster

int main(int argc, char** argv) {
  muster::Options options;
  CLI::App app("How often the statistics behind verdicts are right, on series whose truth is known");
  app.add_option("--reports", options.reports, "reports per kind of noise")->check(CLI::Range(1, 100000));
  app.add_option("--seed", options.seed, "of all series");
  app.add_option("runs", options.runs, "run.jsonl of one unchanged machine: its halves and its runs are compared");
  CLI11_PARSE(app, argc, argv);
  try {
    muster::print_stored(options);
    if (!options.runs.empty()) return 0;
    std::cout << "seed " << options.seed << "; in brackets the 95 % interval of the rate\n\n";
    muster::print_reports(options);
    muster::print_nights(options);
  } catch (const muster::Error& error) {
    std::cerr << "muster_verdict_rates: " << error.what() << "\n";
    return 2;
  }
  return 0;
}
