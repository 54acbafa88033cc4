// SPDX-License-Identifier: Apache-2.0
// Reader of nvbandwidth's matrices, printed or as JSON. The size of a copy and its time are not printed, so each cell
// is a metric "nvbandwidth/<test>/<row>/<column>" and no link. Rows and columns are those that the tool numbers.
#include <algorithm>

#include "core/error.hpp"
#include "reports/readers/nccl_tests_row.hpp"
#include "reports/readers/text_lines.hpp"

namespace muster {
namespace {

bool holds(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

class NvbandwidthResults {
 public:
  explicit NvbandwidthResults(const std::string& origin) : origin_(origin) { results_.tool = "nvbandwidth"; }

  ForeignResults read_text(std::string_view text) {
    for (const TextLine& line : lines_of(text)) take(line);
    if (!test_.empty()) end_test(" is cut off");
    return std::move(results_);
  }

  ForeignResults read_json(const Json& document) {
    const Json& body = document.at("nvbandwidth");
    if (const Json* version = text_of(body, {"Version", "nvbandwidth Version"})) results_.version = *version;
    if (const Json* error = text_of(body, {"Error", "error"})) {
      add_incident(results_, origin_, "the tool failed: " + error->get<std::string>());
    }
    const auto tests = body.find("testcases");
    if (tests == body.end() || !tests->is_array()) {
      add_incident(results_, origin_, "it has no \"testcases\"");
      return std::move(results_);
    }
    for (const Json& test : *tests) take_json_test(test);
    return std::move(results_);
  }

 private:
  static const Json* text_of(const Json& body, std::initializer_list<const char*> names) {
    for (const char* name : names) {
      const auto found = body.find(name);
      if (found != body.end() && found->is_string()) return &*found;
    }
    return nullptr;
  }

  void take(const TextLine& line) {
    line_ = line.number;
    const auto& words = line.words;
    if (words.empty()) return;
    if (line.text.starts_with("nvbandwidth Version")) results_.version = word_after(line.text, "Version");
    if (says_failure(line.text) || holds(line.text, "[ERROR]") || holds(line.text, "CUDA_ERROR")) {
      add_incident(results_, place_of(origin_, line_), line.text);
    } else if (words[0] == "Running" && words.size() == 2 && words[1].ends_with('.')) {
      if (!test_.empty()) end_test(" has no sum");
      begin_test(words[1].substr(0, words[1].size() - 1));
    } else if (words[0] == "SUM" && words.size() == 3) {
      if (words[1] == test_ && cells_ == 0) end_test(" has no cells");
      test_.clear();
    } else if (!test_.empty()) {
      take_row(line);
    }
  }

  void begin_test(std::string_view name) {
    test_ = name;
    columns_.clear();
    unit_.clear();
    cells_ = 0;
  }

  // The line that names the unit, the numbers of the columns, then one line for each row.
  void take_row(const TextLine& line) {
    const auto& words = line.words;
    if (unit_.empty()) {
      if (holds(line.text, "(GB/s)")) unit_ = "GB/s";
      if (holds(line.text, "(ns)")) unit_ = "ns";
      return;
    }
    if (columns_.empty()) {
      if (!std::ranges::all_of(words, [](std::string_view word) { return whole_word(word).has_value(); })) return;
      columns_.assign(words.begin(), words.end());
      return;
    }
    if (!whole_word(words[0]) || words.size() != columns_.size() + 1 || !line.ended) {
      return add_incident(results_, place_of(origin_, line_), test_ + " has a row without all its cells");
    }
    for (std::size_t i = 0; i < columns_.size(); ++i) add_cell(words[0], columns_[i], words[i + 1]);
  }

  void add_cell(std::string_view row, std::string_view column, std::string_view cell) {
    if (cell == "N/A") return;
    const auto value = decimal_word(cell);
    if (!value || *value <= 0) {
      return add_incident(results_, place_of(origin_, line_), test_ + " has a cell that is no rate");
    }
    const std::string name = "nvbandwidth/" + test_ + "/" + std::string(row) + "/" + std::string(column);
    const Better better = unit_ == "ns" ? Better::lower : Better::higher;
    results_.readings.push_back(
        metric_reading(name, unit_, better, *value, line_ > 0 ? place_of(origin_, line_) : origin_));
    ++cells_;
  }

  void take_json_test(const Json& test) {
    const Json* name = test.is_object() ? text_of(test, {"name"}) : nullptr;
    if (name == nullptr) throw Error(origin_ + ": a testcase has no name; import what nvbandwidth -j wrote");
    begin_test(name->get<std::string>());
    const Json* status = text_of(test, {"status"});
    const std::string state = status == nullptr ? "" : status->get<std::string>();
    if (state == "Waived") return;
    if (state != "Passed") add_incident(results_, origin_, test_ + ": status " + (state.empty() ? "unknown" : state));
    const Json* about = text_of(test, {"bandwidth_description"});
    unit_ = (about != nullptr && holds(about->get<std::string>(), "(ns)")) || holds(test_, "latency") ? "ns" : "GB/s";
    const auto matrix = test.find("bandwidth_matrix");
    if (matrix == test.end() || !matrix->is_array()) return;
    for (std::size_t row = 0; row < matrix->size(); ++row) {
      const Json& cells = (*matrix)[row];
      if (!cells.is_array()) throw Error(origin_ + ": " + in_quotes(test_) + " has a row that is no list");
      for (std::size_t column = 0; column < cells.size(); ++column) {
        const Json& cell = cells[column];
        const std::string text = cell.is_string() ? cell.get<std::string>() : cell.dump();
        add_cell(std::to_string(row), std::to_string(column), text);
      }
    }
  }

  void end_test(const std::string& what) {
    add_incident(results_, line_ > 0 ? place_of(origin_, line_) : origin_, test_ + what);
  }

  const std::string& origin_;
  int line_ = 0;
  std::string test_, unit_;
  std::vector<std::string> columns_;
  std::size_t cells_ = 0;
  ForeignResults results_;
};

bool starts_as_json(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  return start != std::string_view::npos && text[start] == '{';
}

}  // namespace

bool is_nvbandwidth(std::string_view text) {
  if (starts_as_json(text)) return holds(text, "\"nvbandwidth\"");
  return holds(text, "nvbandwidth Version") || (holds(text, "Running ") && holds(text, "bandwidth (GB/s)"));
}

ForeignResults read_nvbandwidth(std::string_view text, const std::string& origin) {
  if (!starts_as_json(text)) return NvbandwidthResults(origin).read_text(text);
  const Json document = parse_json(text, origin);
  if (!document.contains("nvbandwidth") || !document["nvbandwidth"].is_object()) {
    throw Error(origin + ":1: has no object \"nvbandwidth\"; import what nvbandwidth -j wrote");
  }
  return NvbandwidthResults(origin).read_json(document);
}

}  // namespace muster
