// SPDX-License-Identifier: Apache-2.0
// Google Benchmark's JSON of all versions: repetitions or aggregates and never both, no number where there is none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/error.hpp"
#include "reports/import.hpp"

namespace muster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// `rows` without the braces around them all, divided by commas.
ForeignResults read(const std::string& rows) {
  const std::string text = R"({"context": {"library_version": "v1.8.3"}, "benchmarks": [)" + rows + "]}";
  EXPECT_EQ(reader_for(text, "", "f.json").format, "google-benchmark");
  return read_google_benchmark(text, "f.json");
}

/// Samples of a metric over all its readings.
std::vector<double> samples(const ForeignResults& results, const std::string& name) {
  std::vector<double> all;
  for (const auto& [item, record] : results.readings) {
    if (item.name == "google-benchmark/" + name && record) {
      all.insert(all.end(), record->values.begin(), record->values.end());
    }
  }
  return all;
}

std::string row(const std::string& name, const std::string& more) {
  return R"({"name": ")" + name + R"(", "iterations": 1000, "time_unit": "ns", )" + more + "}";
}

std::string timed(const std::string& name, int nanoseconds, const std::string& more = "") {
  return row(name, "\"real_time\": " + std::to_string(nanoseconds) + ", \"cpu_time\": 1" + more);
}

const std::string kAggregate = R"(, "run_type": "aggregate", "run_name": "BM", "aggregate_name": )";

TEST(GoogleBenchmark, EveryRepetitionIsASample) {
  const ForeignResults results = read(timed("BM", 10) + "," + timed("BM", 12, R"(, "run_type": "iteration")"));
  EXPECT_THAT(samples(results, "BM/real_time"), ElementsAre(10, 12));
  EXPECT_THAT(samples(results, "BM/cpu_time"), ElementsAre(1, 1));
  const auto& [item, record] = results.readings[0];
  EXPECT_EQ(item.unit, "ns");
  EXPECT_EQ(item.better, Better::lower);
  EXPECT_EQ(record->averaged_over, 1000);
  EXPECT_EQ(record->origin, "f.json: benchmarks[0]");
  EXPECT_EQ(results.version, "v1.8.3");
}

TEST(GoogleBenchmark, EveryUnitOfTimeBecomesNanoseconds) {
  for (const auto& [unit, factor] : {std::pair{"ns", 1.0}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}}) {
    const ForeignResults results = read(R"({"name": "BM", "real_time": 2, "time_unit": ")" + std::string(unit) + "\"}");
    EXPECT_THAT(samples(results, "BM/real_time"), ElementsAre(2 * factor)) << unit;
  }
}

TEST(GoogleBenchmark, ATimeWithoutAUnitIsNoNumber) {
  const ForeignResults results = read(R"({"name": "BM", "real_time": 2})");
  ASSERT_THAT(results.readings, SizeIs(1));
  EXPECT_FALSE(results.readings[0].record);
}

TEST(GoogleBenchmark, AggregatesBesideRepetitionsAreNotCountedAgain) {
  const ForeignResults results = read(timed("BM", 10) + "," + timed("BM_mean", 99, kAggregate + "\"mean\"") + "," +
                                      timed("BM_cv", 99, kAggregate + "\"cv\""));
  EXPECT_THAT(samples(results, "BM/real_time"), ElementsAre(10));
  EXPECT_THAT(results.readings, SizeIs(2));
}

TEST(GoogleBenchmark, AFileOfAggregatesGivesTheMedian) {
  const ForeignResults results =
      read(timed("BM_mean", 99, kAggregate + "\"mean\"") + "," + timed("BM_median", 10, kAggregate + "\"median\"") +
           "," + timed("BM_stddev", 1, kAggregate + "\"stddev\""));
  EXPECT_THAT(samples(results, "BM/real_time"), ElementsAre(10));
  EXPECT_EQ(results.readings[0].record->averaged_over, 0);
}

TEST(GoogleBenchmark, AggregatesOfVersionsThatDidNotMarkThemAreKnownByTheirNames) {
  const ForeignResults results =
      read(timed("BM", 10) + "," + timed("BM_mean", 99) + "," + timed("BM_stddev", 1) + "," + timed("only_mean", 7));
  EXPECT_THAT(samples(results, "BM/real_time"), ElementsAre(10));
  EXPECT_THAT(samples(results, "BM_mean/real_time"), IsEmpty());
  EXPECT_THAT(samples(results, "only_mean/real_time"), ElementsAre(7)) << "the name of a benchmark, like any other";
  EXPECT_THAT(samples(read(timed("BM_mean", 12) + "," + timed("BM_stddev", 1)), "BM/real_time"), ElementsAre(12));
}

TEST(GoogleBenchmark, AnAggregateOfAnUnknownKindIsNoTime) {
  const ForeignResults results = read(timed("BM", 10, R"(, "run_type": "aggregate")"));
  EXPECT_THAT(results.readings, SizeIs(2));
  EXPECT_THAT(samples(results, "BM/real_time"), IsEmpty());
}

TEST(GoogleBenchmark, CurvesThroughBenchmarksAreNoTimes) {
  const ForeignResults results = read(timed("BM/8", 10) +
                                      R"(,{"name": "BM_BigO", "run_name": "BM", "run_type": "aggregate",
                                           "aggregate_name": "BigO", "cpu_coefficient": 4, "real_coefficient": 6,
                                           "big_o": "N", "time_unit": "ns"},
                                          {"name": "BM_RMS", "rms": 0.04})");
  EXPECT_THAT(results.readings, SizeIs(2));
}

TEST(GoogleBenchmark, CountersAreMetricsAndRatesAreBetterHigher) {
  const ForeignResults results = read(timed("BM", 10, R"(, "bytes_per_second": 5e9, "Foo": 3, "label": "x")"));
  ASSERT_THAT(results.readings, SizeIs(4));
  EXPECT_EQ(results.readings[2].item.unit, "B/s");
  EXPECT_EQ(results.readings[2].item.better, Better::higher);
  EXPECT_EQ(results.readings[3].item.better, Better::unknown);
  EXPECT_THAT(samples(results, "BM/Foo"), ElementsAre(3));
}

TEST(GoogleBenchmark, BareNaNAndInfinityAreNoValues) {
  const ForeignResults results =
      read(row("BM", "\"real_time\": NaN, \"cpu_time\": -Infinity, \"Foo\": nan, \"label\": \"NaN: \\\" NaN\""));
  ASSERT_THAT(results.readings, SizeIs(3));
  EXPECT_TRUE(
      std::ranges::none_of(results.readings, [](const Reading& reading) { return reading.record.has_value(); }));
}

TEST(GoogleBenchmark, WordsInStringsStay) {
  const ForeignResults results = read(timed("a \\\" NaN", 10));
  EXPECT_EQ(results.readings[0].item.name, "google-benchmark/a_\"_NaN/real_time");
}

TEST(GoogleBenchmark, ARepetitionWithoutAValueVoidsTheOthers) {
  const ForeignResults results = read(timed("BM", 10) + "," + row("BM", "\"real_time\": NaN"));
  EXPECT_THAT(samples(results, "BM/real_time"), IsEmpty());
}

TEST(GoogleBenchmark, OtherBareWordsStayErrors) {
  EXPECT_THROW(read(row("BM", "\"real_time\": nano")), Error);
  EXPECT_THROW(read(row("BM", "\"real_time\": Infinity1")), Error);
}

TEST(GoogleBenchmark, AFailedOrSkippedBenchmarkIsAnIncidentWithoutAValue) {
  const ForeignResults results = read(timed("BM", 10, R"(, "error_occurred": true, "error_message": "no memory")") +
                                      "," + timed("BN", 10, R"(, "skipped": true, "skip_message": "no GPU")"));
  EXPECT_THAT(samples(results, "BM/real_time"), IsEmpty());
  ASSERT_THAT(results.incidents, SizeIs(2));
  EXPECT_THAT(results.incidents[0].what, HasSubstr("BM failed: no memory"));
  EXPECT_THAT(results.incidents[1].what, HasSubstr("BN was skipped: no GPU"));
}

TEST(GoogleBenchmark, ACutFileIsAnErrorWithItsLine) {
  try {
    read_google_benchmark("{\"context\": {},\n\"benchmarks\": [{\"name\": \"BM\"", "f.json");
    FAIL() << "a cut file was read";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("f.json: not usable as JSON at line 2"));
  }
}

TEST(GoogleBenchmark, TwoLongNamesStayTwoMetrics) {
  const std::string name(300, 'x');
  const ImportedRun imported = merged({read(timed(name + "a", 10) + "," + timed(name + "b", 12))});
  EXPECT_EQ(imported.plan.cases.size(), 4U);
}

}  // namespace
}  // namespace muster
