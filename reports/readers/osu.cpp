// SPDX-License-Identifier: Apache-2.0
// Reader of the OSU Micro-Benchmarks. Their output does not say how many ranks took part: where the launcher's command
// line stands before it, collectives become cases; else, like point-to-point tests, metrics "osu/<test>/<size>".
// Rates are MB/s of 1e6.
#include <algorithm>
#include <array>

#include "core/error.hpp"
#include "reports/readers/mpi_collective.hpp"
#include "reports/readers/nccl_tests_row.hpp"
#include "reports/readers/text_lines.hpp"

namespace muster {
namespace {

constexpr std::uint64_t kMostOsuRanks = 1 << 20;

struct OsuType {
  std::string_view mpi;
  ElementType type;
};
constexpr std::array<OsuType, 3> kOsuTypes = {
    {{"MPI_CHAR", ElementType::int8}, {"MPI_INT", ElementType::int32}, {"MPI_FLOAT", ElementType::float32}}};

/// "Allreduce" of "# OSU MPI-CUDA Allreduce Latency Test v7.4": between the library and the quantity.
std::string test_of(const std::vector<std::string_view>& words) {
  std::string name;
  for (std::size_t i = 3; i < words.size() && words[i] != "Test" && words[i] != "Latency" && !words[i].starts_with("v");
       ++i) {
    name += (name.empty() ? "" : "_") + std::string(words[i]);
  }
  return name.empty() ? "Latency" : name;
}

class OsuLog {
 public:
  explicit OsuLog(const std::string& origin) : origin_(origin) { results_.tool = "osu"; }

  ForeignResults read(std::string_view text) {
    for (const TextLine& line : lines_of(text)) take(line);
    finish_table();
    return std::move(results_);
  }

 private:
  void take(const TextLine& line) {
    line_ = line.number;
    const auto& words = line.words;
    if (words.empty()) return;
    if (says_failure(line.text)) return add_incident(results_, place(), line.text);
    if (words[0] == "#") return take_comment(line);
    if (has(line.text, "osu_")) ranks_ = ranks_in(words);
    const bool is_row = has_column("Size") ? whole_word(words[0]).has_value() : decimal_word(words[0]).has_value();
    if (!columns_.empty() && is_row) take_row(line);
  }

  // "mpirun -np 4 ./osu_allreduce", "srun -n 4 osu_allreduce".
  static int ranks_in(const std::vector<std::string_view>& words) {
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
      if (words[i] != "-np" && words[i] != "-n" && words[i] != "--ntasks") continue;
      const auto number = whole_word(words[i + 1]);
      if (number && *number > 1 && *number <= kMostOsuRanks) return static_cast<int>(*number);
    }
    return 0;
  }

  void take_comment(const TextLine& line) {
    const auto& words = line.words;
    if (words.size() > 3 && words[1] == "OSU") {
      finish_table();
      test_ = test_of(words);
      table_line_ = line.number;
      type_ = ElementType::int8;
      if (words.back().starts_with("v")) results_.version = words.back().substr(1);
    } else if (has(line.text, "Datatype:")) {
      std::string_view name = word_after(line.text, "Datatype");
      if (name.ends_with('.')) name.remove_suffix(1);
      const auto* const found = std::ranges::find(kOsuTypes, name, &OsuType::mpi);
      if (found != kOsuTypes.end()) type_ = found->type;
    } else if (words.size() > 2 && (words[1] == "Size" || words[1] == "Avg") && !test_.empty()) {
      take_heading(words);
    }
  }

  // Headings have blanks within: "P50 Tail Lat(us)", "Latency (us)".
  void take_heading(const std::vector<std::string_view>& words) {
    constexpr std::array<std::string_view, 4> kBeginnings = {"Avg", "Min", "Max", "Tail"};
    columns_.clear();
    bool continues = false;
    for (const std::string_view word : words) {
      if (word == "#") continue;
      if (continues || (word.starts_with("(") && !columns_.empty())) {
        columns_.back().append(" ").append(word);
      } else {
        columns_.emplace_back(word);
      }
      const bool is_percentile = word.size() > 1 && word[0] == 'P' && whole_word(word.substr(1, 2));
      continues = is_percentile || std::ranges::find(kBeginnings, word) != kBeginnings.end();
    }
    rows_ = 0;
  }

  bool has_column(std::string_view heading) const {
    return std::ranges::any_of(columns_, [&](const std::string& name) { return name.starts_with(heading); });
  }

  std::optional<double> cell(const TextLine& line, std::string_view heading) const {
    const auto found =
        std::ranges::find_if(columns_, [&](const std::string& name) { return name.starts_with(heading); });
    if (found == columns_.end()) return std::nullopt;
    return decimal_word(line.words[static_cast<std::size_t>(found - columns_.begin())]);
  }

  void take_row(const TextLine& line) {
    if (line.words.size() != columns_.size() || !line.ended) {
      return add_incident(results_, place(), test_ + ": a row is cut off");
    }
    const auto slowest = cell(line, "Max Latency");
    const auto latency = slowest ? slowest : cell(line, has_column("Avg Latency") ? "Avg Latency" : "Latency");
    const auto rate = cell(line, "Bandwidth");
    const auto value = latency ? latency : rate;
    const auto size = has_column("Size") ? whole_word(line.words[0]) : std::uint64_t{0};  // a barrier has none
    if (!value || *value <= 0 || *value > 86400e6) return add_incident(results_, place(), test_ + ": no time or rate");
    if (!is_possible(*size, ranks_)) return add_incident(results_, place(), test_ + ": no size that can be");
    ++rows_;
    const auto collective = mpi_collective_named(test_);
    if (latency && collective && ranks_ > 1 && *size > 0) {
      Reading reading = mpi_collective_reading(*collective, type_, *size, ranks_, *latency * 1e-6, place());
      reading.record->configuration = slowest ? "time of the slowest rank" : "mean over the ranks";
      add_options(line, reading);
    } else {
      const std::string name = "osu/" + test_ + (rate && !latency ? "" : "_latency") +
                               (has_column("Size") ? "/" + format_size({*size}) : "");
      Reading reading = latency ? metric_reading(name, "us", Better::lower, *value, place())
                                : metric_reading(name, "MB/s", Better::higher, *value, place());
      add_options(line, reading);
    }
  }

  void add_options(const TextLine& line, Reading& reading) {
    Record& record = *reading.record;
    const auto iterations = cell(line, "Iterations");
    if (iterations && *iterations >= 1 && *iterations < 1e9) record.averaged_over = static_cast<int>(*iterations);
    const auto found = std::ranges::find(columns_, "Validation");
    if (found != columns_.end()) {
      const std::string_view verdict = line.words[static_cast<std::size_t>(found - columns_.begin())];
      const std::uint64_t elements = std::max<std::uint64_t>(1, record.bytes.value / size_of(reading.item.type));
      record.check = {.iterations = 1, .elements = elements, .wrong = verdict == "Pass" ? 0U : 1U, .first_wrong = {}};
      if (record.check.wrong > 0) {
        record.check.first_wrong = "see " + record.origin;
        add_incident(results_, place(), test_ + ": validation failed");
      }
    }
    results_.readings.push_back(std::move(reading));
  }

  void finish_table() {
    if (!test_.empty() && rows_ == 0) {
      add_incident(results_, place_of(origin_, table_line_), test_ + " has no results");
    }
    test_.clear();
    columns_.clear();
    rows_ = 0;
  }

  std::string place() const { return place_of(origin_, line_); }

  const std::string& origin_;
  int line_ = 0, table_line_ = 0, ranks_ = 0, rows_ = 0;
  std::string test_;
  ElementType type_ = ElementType::int8;
  std::vector<std::string> columns_;
  ForeignResults results_;
};

}  // namespace

bool is_osu(std::string_view text) { return has(text, "# OSU ") && has(text, "Test"); }

ForeignResults read_osu(std::string_view text, const std::string& origin) { return OsuLog(origin).read(text); }

}  // namespace muster
