// SPDX-License-Identifier: Apache-2.0
// Reader of the Intel MPI Benchmarks (IMB-MPI1): tables of several benchmarks and several numbers of processes.
// t_max is the time of the slowest rank and counts; what is no collective of ours is a metric "imb/<test>/<size>".
#include <algorithm>

#include "reports/readers/mpi_collective.hpp"
#include "reports/readers/nccl_tests_row.hpp"
#include "reports/readers/text_lines.hpp"

namespace muster {
namespace {

class ImbLog {
 public:
  explicit ImbLog(const std::string& origin) : origin_(origin) { results_.tool = "imb"; }

  ForeignResults read(std::string_view text) {
    for (const TextLine& line : lines_of(text)) take(line);
    finish_table();
    if (!finalized_) add_incident(results_, origin_, "is cut off: no line tells that the processes ended");
    return std::move(results_);
  }

 private:
  void take(const TextLine& line) {
    line_ = line.number;
    const auto& words = line.words;
    if (words.empty()) return;
    if (says_failure(line.text)) return add_incident(results_, place(), line.text);
    if (has(line.text, "entering MPI_Finalize")) finalized_ = true;
    if (words[0].starts_with("#bytes") || words[0].starts_with("#repetitions")) {
      columns_.assign(words.begin(), words.end());
    } else if (words[0].starts_with("#")) {
      take_comment(line);
    } else if (!columns_.empty() && whole_word(words[0])) {
      take_row(line);
    }
  }

  void take_comment(const TextLine& line) {
    if (has(line.text, "Benchmarking")) {
      finish_table();
      test_ = word_after(line.text, "Benchmarking");
      table_line_ = line.number;
    } else if (has(line.text, "#processes")) {
      const auto number = whole_word(word_after(line.text, "#processes"));
      ranks_ = number && *number <= (1U << 20) ? static_cast<int>(*number) : 0;
    } else if (has(line.text, "Datatype for reductions")) {
      reduced_ = type_named(word_after(line.text, "reductions"));
    } else if (has(line.text, "MPI-1 Benchmarks") || has(line.text, "Benchmarks 20")) {
      if (line.words.size() > 4 && line.words[1] == "Intel(R)") results_.version = version_in(line.words);
    }
  }

  static std::string version_in(const std::vector<std::string_view>& words) {
    for (const std::string_view word : words) {
      if (word.starts_with("20")) return std::string(word.substr(0, word.find(',')));
    }
    return {};
  }

  static ElementType type_named(std::string_view name) {
    if (name == "MPI_FLOAT") return ElementType::float32;
    if (name == "MPI_DOUBLE") return ElementType::float64;
    return name == "MPI_INT" ? ElementType::int32 : ElementType::int8;
  }

  std::optional<std::string_view> cell(const TextLine& line, std::string_view heading) const {
    const auto found = std::ranges::find(columns_, heading);
    if (found == columns_.end()) return std::nullopt;
    return line.words[static_cast<std::size_t>(found - columns_.begin())];
  }

  void take_row(const TextLine& line) {
    if (line.words.size() != columns_.size() || !line.ended) {
      return add_incident(results_, place(), test_ + ": a row is cut off");
    }
    const auto slowest = cell(line, "t_max[usec]");
    const auto word = slowest ? slowest : cell(line, "t[usec]");
    const double time = word ? decimal_word(*word).value_or(-1) : -1;
    const auto size = whole_word(cell(line, "#bytes").value_or("0"));
    if (!size || time < 0 || time > 86400e6) return add_incident(results_, place(), test_ + ": no time");
    if (!is_possible(*size, ranks_)) return add_incident(results_, place(), test_ + ": no size that can be");
    ++rows_;
    if (time == 0) return;  // an operation of no bytes, faster than the clock prints
    Reading reading = reading_of(*size, time);
    const auto repetitions = whole_word(cell(line, "#repetitions").value_or(""));
    if (repetitions && *repetitions < 1'000'000'000) {
      reading.record->averaged_over = static_cast<int>(*repetitions);
    }
    const auto defects = cell(line, "defects");
    const auto wrong = defects ? decimal_word(*defects) : std::nullopt;
    if (wrong && *wrong > 0) add_incident(results_, place(), test_ + ": the check found defects");
    results_.readings.push_back(std::move(reading));
  }

  Reading reading_of(std::uint64_t size, double microseconds) const {
    const auto collective = mpi_collective_named(test_);
    if (collective && ranks_ > 1 && size > 0) {
      const ElementType type = reduces(*collective) ? reduced_ : ElementType::int8;
      return mpi_collective_reading(*collective, type, size, ranks_, microseconds * 1e-6, place());
    }
    std::string name = "imb/" + (test_.empty() ? "unknown" : test_);
    if (has(columns_.front(), "bytes")) name += "/" + format_size({size});
    Reading reading = metric_reading(name, "us", Better::lower, microseconds, place());
    reading.item.ranks = ranks_;
    return reading;
  }

  void finish_table() {
    if (!test_.empty() && rows_ == 0) {
      add_incident(results_, place_of(origin_, table_line_), test_ + " has no results");
    }
    test_.clear();
    columns_.clear();
    ranks_ = 0;
    rows_ = 0;
  }

  std::string place() const { return place_of(origin_, line_); }

  const std::string& origin_;
  int line_ = 0, table_line_ = 0, ranks_ = 0, rows_ = 0;
  bool finalized_ = false;
  std::string test_;
  ElementType reduced_ = ElementType::float32;  // IMB's own, where the head of the file is missing
  std::vector<std::string> columns_;
  ForeignResults results_;
};

}  // namespace

bool is_imb(std::string_view text) { return has(text, "Benchmarking ") && has(text, "#repetitions"); }

ForeignResults read_imb(std::string_view text, const std::string& origin) { return ImbLog(origin).read(text); }

}  // namespace muster
