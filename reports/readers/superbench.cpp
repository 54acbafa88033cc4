// SPDX-License-Identifier: Apache-2.0
// Reader of SuperBench's results: a line or a document of {"node": ..., "benchmark/metric:gpu": number}. Each number is
// a metric "superbench/<benchmark>/<metric>" of its node. A baseline has the same form without a node. What SuperBench
// made of results (rules, diagnoses) is refused with a hint.
#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.hpp"
#include "reports/readers/foreign_json.hpp"
#include "reports/readers/text_lines.hpp"

namespace muster {
namespace {

struct MetricKind {
  std::string_view word;  ///< in the name of the metric, or else of its benchmark
  std::string_view unit;  ///< empty where it differs between benchmarks and versions; results do not say it
  Better better;
};

// The first that fits counts: a time within "nccl-bw" is still a time. Units: SuperBench's documentation of benchmarks.
constexpr auto kMetricKinds = std::to_array<MetricKind>({
    {"steptime", "ms", Better::lower},
    {"_time", "", Better::lower},
    {"_cost", "", Better::lower},
    {"overhead", "", Better::lower},
    {"latency", "", Better::lower},
    {"busbw", "GB/s", Better::higher},
    {"algbw", "GB/s", Better::higher},
    {"bw", "", Better::higher},
    {"throughput", "", Better::higher},
    {"flops", "", Better::higher},
    {"iops", "", Better::higher},
});

constexpr double kLargestValue = 1e30;  // of a metric in run.jsonl
constexpr MetricKind kUnknownKind = {"", "", Better::unknown};

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

const MetricKind* kind_in(const std::string& name) {
  const auto* const found =
      std::ranges::find_if(kMetricKinds, [&](const MetricKind& kind) { return has(name, kind.word); });
  return found == kMetricKinds.end() ? nullptr : found;
}

/// "busbw" of "nccl-bw/allreduce_8_busbw:0"; else by the name of the benchmark: "gemm-flops/FP64:0".
const MetricKind& kind_of(std::string_view key) {
  const std::string name = lower_case(key);
  const std::size_t slash = std::min(name.rfind('/'), name.size());
  if (const MetricKind* kind = kind_in(name.substr(slash))) return *kind;
  if (const MetricKind* kind = kind_in(name.substr(0, slash))) return *kind;
  return kUnknownKind;
}

class SuperbenchResults {
 public:
  explicit SuperbenchResults(const std::string& origin) : origin_(origin) { results_.tool = "superbench"; }

  ForeignResults read(std::string_view text) {
    if (!read_lines(text)) add(parse_foreign_json(text, origin_), origin_ + ":1");
    return std::move(results_);
  }

 private:
  /// False where no line is an object by itself: then the text is one document.
  bool read_lines(std::string_view text) {
    bool has_result = false;
    std::vector<std::string> broken;
    for (const TextLine& line : lines_of(text)) {
      if (line.words.empty()) continue;
      const std::string place = place_of(origin_, line.number);
      try {
        add(parse_foreign_json(line.text, place), place);
        has_result = true;
      } catch (const Error&) {
        broken.push_back(place);
      }
    }
    if (!has_result) return false;
    for (const std::string& place : broken) add_incident(results_, place, "is no line of results: cut off or broken");
    return true;
  }

  void add(const Json& node, const std::string& place) {
    if (!node.is_object())
      throw Error(place + ": holds no object of results; import SuperBench's results-summary.jsonl");
    const std::string name = word_of(text_in_json(member(node, "node")));
    if (!name.empty()) results_.ranks.push_back({.host = name, .model = {}});
    for (const auto& [key, value] : node.items()) {
      if (key == "node") continue;
      if (has(key.substr(std::min(key.rfind('/'), key.size())), "return_code")) {
        add_return_code(key, value, name, place);
      } else {
        add_metric(key, value, name, place);
      }
    }
  }

  /// A number that is missing (null, NaN) or no run can hold was to be measured.
  void add_metric(const std::string& key, const Json& value, const std::string& node, const std::string& place) {
    const auto number = value.is_number() ? number_in_json(value) : std::nullopt;
    const MetricKind& kind = kind_of(key);
    Reading reading = metric_reading("superbench/" + key, kind.unit, kind.better, number.value_or(0), place);
    reading.item.group = node;
    if (!number || std::abs(*number) > kLargestValue) reading.record.reset();
    results_.readings.push_back(std::move(reading));
  }

  /// Numbers of a benchmark that failed may stand beside its code, or may not; the code decides.
  void add_return_code(const std::string& key, const Json& value, const std::string& node, const std::string& place) {
    const auto code = whole_in_json(value);
    if (code == 0) return;
    const std::string what = "return code " + (code ? std::to_string(*code) : "unknown");
    Reading reading = metric_reading("superbench/" + key, "", Better::unknown, 0, place);
    reading.item.group = node;
    reading.record->status = Status::failed;
    reading.record->reason = what;
    reading.record->values.clear();
    results_.readings.push_back(std::move(reading));
    add_incident(results_, place, key + (node.empty() ? "" : " of " + node) + " failed: " + what);
  }

  const std::string& origin_;
  ForeignResults results_;
};

bool is_diagnosis(std::string_view text) { return has(text, "\"Defective Details\""); }

/// YAML; rules of SuperBench's summary, diagnosis and baseline have this heading.
bool is_rules(std::string_view text) {
  return has(text, "superbench:\n") && has(text, "rules:") && first_character(text) != '{';
}

}  // namespace

bool is_superbench(std::string_view text) {
  if (is_rules(text)) return true;
  return first_character(text) == '{' &&
         (is_diagnosis(text) || has(text, "/return_code\"") || has(text, "/return_code:") || has(text, "\"node\""));
}

ForeignResults read_superbench(std::string_view text, const std::string& origin) {
  if (is_rules(text)) {
    throw Error(origin +
                ":1: holds rules of SuperBench, no results; import a results-summary.jsonl, and put demands "
                "into a file for --targets");
  }
  if (is_diagnosis(text)) {
    throw Error(origin +
                ":1: holds what SuperBench's rules say of results, not the results; import the "
                "results-summary.jsonl that it was made from");
  }
  return SuperbenchResults(origin).read(text);
}

}  // namespace muster
