// SPDX-License-Identifier: Apache-2.0
// Reader of Google Benchmark's JSON, of all its versions: a metric "google-benchmark/<benchmark>/<number>" for each
// time and counter, a sample for each repetition. Where a file has only aggregates, the median (else the mean) stands
// for the repetitions. Used by the table of readers.cpp.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "core/error.hpp"
#include "reports/readers/foreign_json.hpp"
#include "reports/readers/nccl_tests_row.hpp"
#include "reports/readers/text_lines.hpp"

namespace muster {
namespace {

constexpr std::int64_t kMostAveraged = 1 << 30;  // iterations of one repetition

struct Unit {
  std::string_view name;
  double nanoseconds;
};

constexpr std::array<Unit, 4> kUnits = {{{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}}};

struct Counter {
  std::string_view name, unit;
  Better better;
};

// Those that the library itself fills; what a user counts is of unknown use.
constexpr std::array<Counter, 6> kCounters = {{{"bytes_per_second", "B/s", Better::higher},
                                               {"items_per_second", "items/s", Better::higher},
                                               {"allocs_per_iter", "allocations", Better::lower},
                                               {"max_bytes_used", "B", Better::lower},
                                               {"total_allocated_bytes", "B", Better::lower},
                                               {"net_heap_growth", "B", Better::lower}}};

// All other members of a row are counters.
constexpr auto kNoCounters = std::to_array<std::string_view>({"name",
                                                              "family_index",
                                                              "per_family_instance_index",
                                                              "run_name",
                                                              "run_type",
                                                              "repetitions",
                                                              "repetition_index",
                                                              "threads",
                                                              "aggregate_name",
                                                              "aggregate_unit",
                                                              "iterations",
                                                              "real_time",
                                                              "cpu_time",
                                                              "time_unit",
                                                              "label",
                                                              "error_occurred",
                                                              "error_message",
                                                              "skipped",
                                                              "skip_message",
                                                              "cpu_coefficient",
                                                              "real_coefficient",
                                                              "big_o",
                                                              "rms"});

enum class Kind { repetition, median, mean, other_aggregate, fit };

struct Suffix {
  std::string_view name;
  Kind kind;
};

// Of the names of aggregates; BigO and RMS are of a curve through many benchmarks.
constexpr std::array<Suffix, 6> kSuffixes = {{{"median", Kind::median},
                                              {"mean", Kind::mean},
                                              {"stddev", Kind::other_aggregate},
                                              {"cv", Kind::other_aggregate},
                                              {"BigO", Kind::fit},
                                              {"RMS", Kind::fit}}};

struct BenchmarkRow {
  const Json* json = nullptr;
  std::string name;  ///< of what was run, without the aggregate's suffix
  Kind kind = Kind::repetition;
  std::string place;
};

/// "BM_x_mean" -> the suffix "mean".
const Suffix* suffix_of(std::string_view name) {
  const auto* const found = std::ranges::find_if(kSuffixes, [name](const Suffix& suffix) {
    const std::size_t start = name.size() - std::min(name.size(), suffix.name.size());
    return name.substr(start) == suffix.name && start > 1 && name[start - 1] == '_';
  });
  return found == kSuffixes.end() ? nullptr : found;
}

std::string without(std::string_view name, const Suffix& suffix) {
  return std::string(name.substr(0, name.size() - suffix.name.size() - 1));
}

/// Before there was "run_type", only the name told aggregates: those whose benchmark or whose sister is there, too.
bool is_aggregate_by_name(const std::string& name, const Suffix& suffix, const std::set<std::string>& names) {
  const std::string base = without(name, suffix);
  if (names.contains(base)) return true;
  return std::ranges::any_of(kSuffixes, [&](const Suffix& other) {
    return other.name != suffix.name && names.contains(base + "_" + std::string(other.name));
  });
}

BenchmarkRow row_of(const Json& json, const std::set<std::string>& names, const std::string& place) {
  BenchmarkRow row{.json = &json, .name = text_in_json(member(json, "name")), .place = place};
  if (row.name.empty()) throw Error(place + ": has no \"name\"; import what --benchmark_out wrote");
  const std::string type = text_in_json(member(json, "run_type"));
  const Suffix* const suffix = suffix_of(row.name);
  if (type == "aggregate" || (type.empty() && suffix != nullptr && is_aggregate_by_name(row.name, *suffix, names))) {
    const std::string told = text_in_json(member(json, "aggregate_name"));
    const auto* const named = std::ranges::find(kSuffixes, told, &Suffix::name);
    row.kind = named != kSuffixes.end()            ? named->kind
               : told.empty() && suffix != nullptr ? suffix->kind
                                                   : Kind::other_aggregate;
    if (suffix != nullptr) row.name = without(row.name, *suffix);
  }
  const std::string run = text_in_json(member(json, "run_name"));
  if (!run.empty()) row.name = run;
  return row;
}

class GoogleBenchmarkResults {
 public:
  ForeignResults read(const Json& document, const std::string& origin) {
    results_.tool = "google-benchmark";
    results_.version = text_in_json(member(member(document, "context"), "library_version"));
    for (const BenchmarkRow& row : chosen_rows(document, origin)) take(row);
    for (Reading& reading : results_.readings) {
      if (unknown_.contains(reading.item.name)) reading.record.reset();
    }
    return std::move(results_);
  }

 private:
  /// Repetitions, or the best aggregate of what has none: never both, which would count one measurement twice.
  static std::vector<BenchmarkRow> chosen_rows(const Json& document, const std::string& origin) {
    const Json& list = member(document, "benchmarks");
    if (!list.is_array()) throw Error(origin + ":1: has no list \"benchmarks\"; import what --benchmark_out wrote");
    std::set<std::string> names;
    for (const Json& json : list) names.insert(text_in_json(member(json, "name")));
    std::vector<BenchmarkRow> rows;
    std::map<std::string, Kind> best;
    for (std::size_t i = 0; i < list.size(); ++i) {
      rows.push_back(row_of(list[i], names, origin + ": benchmarks[" + std::to_string(i) + "]"));
      const auto [kind, is_new] = best.try_emplace(rows.back().name, rows.back().kind);
      kind->second = std::min(kind->second, rows.back().kind);
    }
    std::erase_if(rows,
                  [&](const BenchmarkRow& row) { return row.kind == Kind::fit || row.kind != best.at(row.name); });
    return rows;
  }

  void take(const BenchmarkRow& row) {
    const Json& json = *row.json;
    const bool failed = truth_in_json(member(json, "error_occurred")).value_or(false);
    if (failed || truth_in_json(member(json, "skipped")).value_or(false)) {
      const std::string why = text_in_json(member(json, failed ? "error_message" : "skip_message"));
      add_incident(results_, row.place, row.name + (failed ? " failed: " : " was skipped: ") + why);
      return add(row, {"real_time", "ns", Better::lower}, std::nullopt);
    }
    add(row, {"real_time", "ns", Better::lower}, nanoseconds_in(row, "real_time"));
    if (json.contains("cpu_time")) add(row, {"cpu_time", "ns", Better::lower}, nanoseconds_in(row, "cpu_time"));
    for (const auto& [key, value] : json.items()) {
      if (std::ranges::find(kNoCounters, key) != kNoCounters.end()) continue;
      if (value.is_number() || value.is_null()) add(row, counter_named(key), number_in_json(value));
    }
  }

  /// An aggregate that is not known to be a time has none, nor has a time that is not more than nothing.
  static std::optional<double> nanoseconds_in(const BenchmarkRow& row, const char* key) {
    if (row.kind == Kind::other_aggregate) return std::nullopt;
    const std::string name = text_in_json(member(*row.json, "time_unit"));
    const auto* const unit = std::ranges::find(kUnits, name, &Unit::name);
    const auto time = number_in_json(member(*row.json, key));
    if (unit == kUnits.end() || !time || !(*time > 0)) return std::nullopt;
    return *time * unit->nanoseconds;
  }

  static Counter counter_named(std::string_view name) {
    const auto* const known = std::ranges::find(kCounters, name, &Counter::name);
    if (known != kCounters.end()) return *known;
    if (name.ends_with("_per_second")) return {name, "1/s", Better::higher};
    return {name, "", Better::unknown};
  }

  void add(const BenchmarkRow& row, const Counter& counter, std::optional<double> value) {
    if (row.kind == Kind::other_aggregate) value.reset();
    if (value && !(std::abs(*value) <= kLargestNumber)) value.reset();
    const std::string name = "google-benchmark/" + row.name + "/" + std::string(counter.name);
    results_.readings.push_back(metric_reading(name, counter.unit, counter.better, value.value_or(0), row.place));
    Reading& reading = results_.readings.back();
    if (!value) unknown_.insert(reading.item.name);
    const auto iterations = whole_in_json(member(*row.json, "iterations"));
    if (row.kind == Kind::repetition && iterations && *iterations > 0 && *iterations <= kMostAveraged) {
      reading.record->averaged_over = static_cast<int>(*iterations);
    }
  }

  ForeignResults results_;
  std::set<std::string> unknown_;  // metrics of which a repetition has no value: the others must not stand for it
};

}  // namespace

bool is_google_benchmark(std::string_view text) {
  return first_character(text) == '{' && has(text, "\"benchmarks\"") && has(text, "\"context\"");
}

ForeignResults read_google_benchmark(std::string_view text, const std::string& origin) {
  return GoogleBenchmarkResults().read(parse_foreign_json(text, origin), origin);
}

}  // namespace muster
