// SPDX-License-Identifier: Apache-2.0
// Reader of perftest (ib_write_bw, ib_send_lat, ...), printed or as JSON. Each size is a metric
// "perftest/<test>/<size>". Rates become GB/s of 1e9: "MB/sec" is 2^20 bytes there (perftest_resources.c divides by
// 0x100000), "Gb/sec" is 1e9 bits (--report_gbits).
#include <array>
#include <cmath>
#include <set>

#include "core/error.hpp"
#include "reports/readers/nccl_tests_row.hpp"
#include "reports/readers/text_lines.hpp"

namespace muster {
namespace {

constexpr double kGigabytesOfMebibytes = 1048576e-9;
constexpr double kGigabytesOfGigabits = 0.125;

struct PerftestColumn {
  std::string_view heading;  ///< its last word
  std::string_view unit;
  double factor = 1;
  Better better = Better::higher;
};

// The typical latency is the median of all iterations; tests of a given duration print an average only.
constexpr std::array<PerftestColumn, 5> kPerftestColumns = {{
    {"average[MB/sec]", "GB/s", kGigabytesOfMebibytes, Better::higher},
    {"average[MiB/sec]", "GB/s", kGigabytesOfMebibytes, Better::higher},
    {"average[Gb/sec]", "GB/s", kGigabytesOfGigabits, Better::higher},
    {"t_typical[usec]", "us", 1, Better::lower},
    {"t_avg[usec]", "us", 1, Better::lower},
}};

/// "RDMA_Write_BW" of "   RDMA_Write BW Test".
std::string test_name(std::string_view title) {
  std::string name;
  for (const std::string_view word : words_of_line(title)) {
    if (word != "Test") name += (name.empty() ? "" : "_") + std::string(word);
  }
  return name;
}

std::string name_of_size(const std::string& test, std::uint64_t size) {
  return "perftest/" + (test.empty() ? "unknown" : test) + "/" + format_size({size});
}

class PerftestLog {
 public:
  explicit PerftestLog(const std::string& origin) : origin_(origin) { results_.tool = "perftest"; }

  ForeignResults read(std::string_view text) {
    for (const TextLine& line : lines_of(text)) take(line);
    if (!has_rows_) add_incident(results_, origin_, "the test has no results");
    return std::move(results_);
  }

 private:
  void take(const TextLine& line) {
    const auto& words = line.words;
    if (words.empty()) return;
    const std::string place = place_of(origin_, line.number);
    if (words[0] == "#bytes") return take_heading(words, place);
    if (words.back() == "Test" && words.size() <= 6) test_ = test_name(line.text);
    if (says_failure(line.text) || has(line.text, "Couldn't") || has(line.text, "Failed") ||
        has(line.text, "Unable to")) {
      add_incident(results_, place, line.text);
    }
    if (column_ != nullptr && whole_word(words[0])) take_row(line, place);
  }

  // Headings have blanks within: "BW average[MB/sec]" is one column of numbers, so only words with a unit count.
  void take_heading(const std::vector<std::string_view>& words, const std::string& place) {
    column_ = nullptr;
    std::size_t at = 0;
    std::size_t columns = 0;
    for (const std::string_view word : words) {
      if (word != "BW") ++columns;
      for (const PerftestColumn& known : kPerftestColumns) {
        if (column_ != nullptr || word != known.heading) continue;
        column_ = &known;
        at = columns - 1;
      }
    }
    at_ = at;
    if (column_ == nullptr) add_incident(results_, place, "a table without an average in a known unit is left out");
  }

  // Client and server of one measurement print the same row; in one file it counts once.
  void take_row(const TextLine& line, const std::string& place) {
    const auto size = whole_word(line.words[0]);
    const auto value = at_ < line.words.size() ? decimal_word(line.words[at_]) : std::nullopt;
    if (!value || *value <= 0 || !line.ended) return add_incident(results_, place, "a row is cut off or no result");
    has_rows_ = true;
    const std::string name = name_of_size(test_, *size);
    std::string row = name;
    for (const std::string_view word : line.words) row.append(" ").append(word);
    if (!seen_.insert(row).second) return;
    results_.readings.push_back(metric_reading(name, column_->unit, column_->better, *value * column_->factor, place));
    const auto iterations = line.words.size() > 1 ? whole_word(line.words[1]) : std::nullopt;
    if (iterations && *iterations <= 1'000'000'000) {
      results_.readings.back().record->averaged_over = static_cast<int>(*iterations);
    }
  }

  const std::string& origin_;
  std::string test_;
  const PerftestColumn* column_ = nullptr;
  std::size_t at_ = 0;
  bool has_rows_ = false;
  std::set<std::string> seen_;
  ForeignResults results_;
};

double positive(const Json& result, const char* key, const std::string& origin) {
  const auto found = result.find(key);
  if (found == result.end() || !found->is_number() || !(found->get<double>() > 0) ||
      found->get<double>() > kLargestNumber) {
    throw Error(origin + ":1: \"results\" needs a positive number " + in_quotes(key));
  }
  return found->get<double>();
}

/// The JSON does not say the unit; size x messages per second does, as the two are 119 apart.
double unit_of(double size, double message_rate, double rate) {
  const double gigabytes = size * message_rate * 1e-3;
  const double factor = gigabytes / rate;
  return std::abs(std::log(factor / kGigabytesOfMebibytes)) < std::abs(std::log(factor / kGigabytesOfGigabits))
             ? kGigabytesOfMebibytes
             : kGigabytesOfGigabits;
}

void add_result(const Json& result, const std::string& test, const std::string& origin, ForeignResults& results) {
  if (!result.is_object()) throw Error(origin + ":1: \"results\" must be an object or a list of objects");
  const double size = positive(result, "MsgSize", origin);
  if (size > 1e15) throw Error(origin + ":1: \"MsgSize\" is no size of a message");
  const std::string name = name_of_size(test, static_cast<std::uint64_t>(size));
  if (result.contains("BW_average")) {
    const double rate = positive(result, "BW_average", origin);
    const double factor = unit_of(size, positive(result, "MsgRate", origin), rate);
    results.readings.push_back(metric_reading(name, "GB/s", Better::higher, rate * factor, origin));
  } else {
    const char* const key = result.contains("t_typical") ? "t_typical" : "t_avg";
    results.readings.push_back(metric_reading(name, "us", Better::lower, positive(result, key, origin), origin));
  }
}

bool is_json_text(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  return start != std::string_view::npos && text[start] == '{';
}

ForeignResults read_perftest_json(const Json& document, const std::string& origin) {
  const auto about = document.find("test_info");
  const auto found = document.find("results");
  if (about == document.end() || !about->is_object() || found == document.end()) {
    throw Error(origin + ":1: needs \"test_info\" and \"results\"; import what --out_json wrote");
  }
  ForeignResults results;
  results.tool = "perftest";
  const auto title = about->find("test");
  const std::string test =
      title != about->end() && title->is_string() ? test_name(title->get_ref<const std::string&>()) : "";
  if (!found->is_array()) {
    add_result(*found, test, origin, results);
  } else {
    for (const Json& result : *found) add_result(result, test, origin, results);
  }
  return results;
}

}  // namespace

bool is_perftest(std::string_view text) {
  if (is_json_text(text)) return has(text, "\"test_info\"") && has(text, "\"results\"") && has(text, "\"MsgSize\"");
  return has(text, "#bytes") && has(text, "#iterations") && (has(text, "/sec]") || has(text, "[usec]"));
}

ForeignResults read_perftest(std::string_view text, const std::string& origin) {
  if (is_json_text(text)) return read_perftest_json(parse_json(text, origin), origin);
  return PerftestLog(origin).read(text);
}

}  // namespace muster
