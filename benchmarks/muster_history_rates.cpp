// SPDX-License-Identifier: Apache-2.0
// How long `muster history check` takes on a history of 10,000 reports, and how large that file is: fills one through
// the library, then times a few checks of it. Prints a table; docs/history.md keeps one.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <random>

#include "reports/history/check.hpp"
#include "reports/text_table.hpp"

namespace muster {
namespace {

struct RateOptions {
  std::string file = "muster-history-rates.sqlite";
  int reports = 10'000;
  int cases = 100;
  int machines = 10;
  int samples = 30;
};

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count(); }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

std::string machine_name(int machine) { return "machine" + std::to_string(machine); }

// "2020-01-01T01:00:00Z" is night 0.
std::string time_of_night(int night) {
  const std::time_t seconds = 1577840400 + std::time_t{night} * 86400;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

// Nights differ by 2 %, samples of one night by 1 %.
class Maker {
 public:
  explicit Maker(const RateOptions& options) : options_(options) {}

  HistoryEntry entry(int night, int machine) {
    HistoryEntry made;
    made.report = {.digest = std::to_string(machine) + "-" + std::to_string(night),
                   .time = time_of_night(night),
                   .machine = machine_name(machine),
                   .commit = "c" + std::to_string(night),
                   .origin = "night" + std::to_string(night),
                   .verdict = Verdict::pass,
                   .ranks = 8};
    for (int index = 0; index < options_.cases; ++index) made.cases.push_back(entry_case(index));
    return made;
  }

 private:
  EntryCase entry_case(int index) {
    EntryCase made{.key = {.case_id = "all_reduce/ring/shm/float/" + std::to_string(index) + "K/isolated",
                           .ranks = 8,
                           .unit = "s"},
                   .night = {.verdict = Verdict::pass},
                   .samples = {}};
    const double level = 1e-5 * (index + 1) * std::exp(0.02 * normal_(random_));
    for (int i = 0; i < options_.samples; ++i) made.samples.push_back(level * std::exp(0.01 * normal_(random_)));
    const Summary summary = summarise(made.samples);
    made.night.count = summary.count;
    made.night.median = summary.median;
    made.night.low = summary.low;
    made.night.high = summary.high;
    return made;
  }

  RateOptions options_;
  std::mt19937_64 random_{1};
  std::normal_distribution<double> normal_;
};

void print(std::string_view what, double number, std::string_view unit) {
  std::cout << what << ": " << significant(number) << " " << unit << "\n";
}

void measure(const RateOptions& options) {
  if (std::filesystem::exists(options.file)) throw Error(options.file + ": is there already; remove it first");
  const Stopwatch filling;
  {
    Maker maker(options);
    History history(options.file, DatabaseAccess::create);
    for (int i = 0; i < options.reports; ++i) history.add(maker.entry(i / options.machines, i % options.machines));
  }
  print("adding one report", filling.seconds() / options.reports * 1e3, "ms");
  print("file of " + std::to_string(options.reports) + " reports with " + std::to_string(options.cases) + " cases",
        static_cast<double>(std::filesystem::file_size(options.file)) / 1e6, "MB");
  for (const int last : {30, 400}) {
    const Stopwatch checking;
    const History history(options.file, DatabaseAccess::existing);
    const HistoryCheck found = check_history(history, {.machine = machine_name(0), .last = last});
    print("check --last " + std::to_string(last), checking.seconds() * 1e3, "ms");
    std::cout << "  " << name_of(judgement_of(found).verdict) << ": " << judgement_of(found).reason << "\n";
  }
}

}  // namespace
}  // namespace muster

int main(int argc, char** argv) {
  CLI::App app("Time and size of a long history");
  muster::RateOptions options;
  app.add_option("--file", options.file, "History to make")->capture_default_str();
  app.add_option("--reports", options.reports, "Reports in it")->capture_default_str()->check(CLI::Range(1, 1'000'000));
  app.add_option("--cases", options.cases, "Cases of each")->capture_default_str()->check(CLI::Range(1, 10'000));
  app.add_option("--machines", options.machines, "Machines")->capture_default_str()->check(CLI::Range(1, 10'000));
  app.add_option("--samples", options.samples, "Samples of each case")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  CLI11_PARSE(app, argc, argv);
  try {
    muster::measure(options);
  } catch (const std::exception& error) {
    std::cerr << "muster_history_rates: " << error.what() << "\n";
    return 2;
  }
  return 0;
}
