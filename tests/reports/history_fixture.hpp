// SPDX-License-Identifier: Apache-2.0
// Made-up nights of a made-up machine: a folder for the file, entries with a median per case, noise that is the same
// everywhere. Shared by the tests of the history.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <random>
#include <string>

#include "reports/history/check.hpp"

namespace muster {

class HistoryTest : public testing::Test {
 protected:
  HistoryTest() { std::filesystem::create_directories(folder_); }
  ~HistoryTest() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name = "history.sqlite") const { return (folder_ / name).string(); }

 private:
  std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) / ("muster-history-" + std::to_string(getpid()) + "-" +
                                                   testing::UnitTest::GetInstance()->current_test_info()->name());
};

/// "2026-01-01T01:00:00Z" is night 0.
inline std::string time_of_night(int night) {
  const std::time_t seconds = 1767229200 + std::time_t{night} * 86400;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

inline std::string case_name(int index) { return "all_reduce/ring/shm/float/" + std::to_string(index) + "K/isolated"; }

/// One case with ten samples within 0.5 % around its median.
inline EntryCase entry_case(const std::string& id, double median, Better better = Better::lower) {
  EntryCase made{.key = {.case_id = id, .ranks = 8, .unit = "s", .better = better},
                 .night = {.count = 10,
                           .median = median,
                           .low = 0.997 * median,
                           .high = 1.003 * median,
                           .checked = 1000,
                           .verdict = Verdict::pass},
                 .samples = {}};
  for (int i = 0; i < 10; ++i) made.samples.push_back(median * (1 + 0.001 * (7 * i % 10 - 4.5)));
  return made;
}

inline HistoryEntry entry_at(int night, const std::string& machine = "rack1") {
  HistoryEntry entry;
  entry.report = {.digest = machine + "-" + std::to_string(night),
                  .time = time_of_night(night),
                  .machine = machine,
                  .tag = "",
                  .commit = "c" + std::to_string(night),
                  .origin = "night" + std::to_string(night) + "/report.json",
                  .verdict = Verdict::pass,
                  .versions = "muster 1.0",
                  .ranks = 8};
  return entry;
}

/// What is added to the logarithm of a case's median in a night.
using NightEffect = std::function<double(int night, int index)>;

struct MadeNights {
  int nights = 60;
  int cases = 10;
  double noise = 0.02;  ///< standard deviation from night to night, relative
  std::uint64_t seed = 1;
  NightEffect effect = [](int, int) { return 0.0; };
};

/// Calls `use` with each night's entry in the order of time.
inline void make_nights(const MadeNights& made, const std::function<void(int, HistoryEntry&)>& use) {
  std::mt19937_64 random(made.seed);
  std::normal_distribution<double> normal;
  for (int night = 0; night < made.nights; ++night) {
    HistoryEntry entry = entry_at(night);
    for (int index = 0; index < made.cases; ++index) {
      const double median = 1e-5 * (index + 1) * std::exp(made.noise * normal(random) + made.effect(night, index));
      entry.cases.push_back(entry_case(case_name(index), median));
    }
    use(night, entry);
  }
}

inline void add_nights(History& history, const MadeNights& made) {
  make_nights(made, [&](int, HistoryEntry& entry) { history.add(entry); });
}

inline const CheckedCase& case_of(const HistoryCheck& check, const std::string& id) {
  for (const CheckedCase& each : check.cases) {
    if (each.key.case_id == id) return each;
  }
  throw Error("no case " + id);
}

}  // namespace muster
