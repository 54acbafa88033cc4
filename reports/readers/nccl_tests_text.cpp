// SPDX-License-Identifier: Apache-2.0
// Reader of what nccl-tests and rccl-tests print, of all versions and behind all launchers. The header says what was
// planned, the rows what was measured of it: a sweep that ended early leaves planned cases without a record.
#include <algorithm>
#include <array>

#include "reports/readers/nccl_tests_row.hpp"
#include "reports/readers/nccl_tests_section.hpp"
#include "reports/readers/text_lines.hpp"

namespace muster {

namespace {

constexpr int kMostRanks = 1 << 20;

/// The whole number after `name`: "minBytes 1024", "step: 2(factor)".
std::optional<std::uint64_t> number_after(std::string_view line, std::string_view name) {
  const std::size_t at = line.find(name);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = line.substr(at + name.size());
  const std::size_t start = rest.find_first_not_of(" :");
  if (start == std::string_view::npos) return std::nullopt;
  const std::size_t end = rest.find_first_not_of("0123456789", start);
  return whole_word(rest.substr(start, end == std::string_view::npos ? end : end - start));
}

class NcclTestsLog {
 public:
  explicit NcclTestsLog(const std::string& origin) : origin_(origin) {}

  ForeignResults read(std::string_view text) {
    for (const TextLine& line : lines_of(text)) {
      line_ = line.number;
      take(line.text, line.words);
    }
    finish_section();
    return std::move(results_);
  }

 private:
  void take(std::string_view line, std::vector<std::string_view> words) {
    if (words.empty()) return;
    note_command(words);
    if (has_lost_its_mark(line, words)) words.insert(words.begin(), "#");
    if (words.front().starts_with("#")) return take_comment(line, words);
    if (says_failure(line)) return add_failure(std::string(line));
    if (section_ && whole_word(words[0])) take_row(words);
  }

  /// Pages take "#" for a mark of their own: a log copied from one has its comments without.
  static bool has_lost_its_mark(std::string_view line, const std::vector<std::string_view>& words) {
    constexpr auto kBeginnings =
        std::to_array<std::string_view>({"nThread", "Rank", "size", "Out", "Avg", "Blocking", "Collective"});
    return std::ranges::find(kBeginnings, words.front()) != kBeginnings.end() && words.size() > 3 &&
           (words.front() != "nThread" || has(line, "minBytes"));
  }

  void take_comment(std::string_view line, const std::vector<std::string_view>& words) {
    if (has(line, "-tests version") || has(line, "-tests: version")) {
      results_.version = std::string(line.substr(line.find("version") + 7));
      results_.tool = has(line, "rccl-tests") ? "rccl-tests" : "nccl-tests";
    }
    if (has(line, "Reducing maxBytes")) add_incident("the sweep was shortened by a lack of memory");
    if (has(line, "Collective test starting")) begin_section().collective = collective_in(words.back());
    if (has(line, "minBytes")) take_parameters(line);
    const bool is_heading = words.size() > 4 && words[1] == "size" && words[2] == "count";
    const bool is_rank = words.size() > 6 && words[1] == "Rank";
    // Excerpts begin with the ranks or with the heading.
    if ((is_heading || is_rank) && (!section_ || section_->concluded)) begin_excerpt();
    if (!section_) return;
    if (has(line, "Collective test concluded") && !section_->collective) {
      section_->collective = collective_in(words.back());
    }
    if (has(line, "Blocking Enabled")) section_->cadence = Cadence::isolated;
    if (is_rank) take_rank(line, words);
    if (is_heading) columns_ = columns_of(words);
    if (has(line, "Out of bounds values")) {
      section_->in_bounds = has(line, "OK");
      if (has(line, "FAILED")) add_failure(std::string(line));
    }
    if (has(line, "Avg bus bandwidth")) {
      section_->concluded = true;
      if (has(line, "FAILED")) add_failure(std::string(line));
    }
  }

  /// "mpirun -np 8 ./build/all_reduce_perf -b 8": a shell's echo, a prompt, a job script. Not what a build writes.
  void note_command(const std::vector<std::string_view>& words) {
    if (std::ranges::find(words, ">") != words.end()) return;
    for (const std::string_view word : words) {
      if (word.ends_with("_perf")) command_ = collective_in(word.substr(word.find_last_of('/') + 1));
    }
  }

  std::optional<Collective> named_before() const { return command_ ? command_ : collective_in(origin_); }

  void begin_excerpt() {
    Section& section = begin_section();
    section.collective = named_before();
    section.check_iterations = 1;  // without a check, #wrong is N/A
  }

  Section& begin_section() {
    finish_section();
    section_.emplace();
    section_->title = "the test that starts at line " + std::to_string(line_);
    columns_ = {};
    return *section_;
  }

  void take_parameters(std::string_view line) {
    if (!section_ || section_->sweep.most != 0) begin_section();
    Section& section = *section_;
    if (!section.collective) section.collective = named_before();  // old versions do not print it
    section.sweep = {number_after(line, "minBytes").value_or(0), number_after(line, "maxBytes").value_or(0),
                     number_after(line, "step").value_or(0), has(line, "(factor)")};
    const std::size_t warmup = line.find("warmup iters");
    const std::string_view rest = line.substr(warmup == std::string_view::npos ? 0 : warmup + 12);
    const auto number = [&](std::string_view name, std::uint64_t otherwise) {
      return static_cast<int>(std::min(number_after(rest, name).value_or(otherwise), kMostIterations));
    };
    section.averaged_over = number(" iters:", 0) * number("agg iters:", 1);
    section.check_iterations = number("validation:", 0);
    if (number("graph:", 0) > 0) section.launch = Launch::graph;
  }

  void take_rank(std::string_view line, const std::vector<std::string_view>& words) {
    const auto on = std::ranges::find(words, "on");
    const auto rank = whole_word(words[2]);
    if (on == words.end() || on + 1 == words.end() || !rank || *rank >= kMostRanks) return;
    if (section_->ranks.contains(static_cast<int>(*rank)) && section_->rows.empty() && section_->pending.empty()) {
      add_failure("rank " + std::to_string(*rank) +
                  " is listed twice: each process ran alone (is nccl-tests built with MPI=1?)");
    }
    const std::size_t model = line.find("] ");
    section_->ranks[static_cast<int>(*rank)] = {
        .host = std::string(*(on + 1)),
        .model = model == std::string_view::npos ? "" : std::string(line.substr(model + 2)),
        .group = words[3] == "Group" ? static_cast<int>(whole_word(words[4]).value_or(0) % kMostRanks) : 0};
  }

  void take_row(const std::vector<std::string_view>& words) {
    if (const auto row = log_row_of(words, columns_)) add_row(*section_, *row, place_of(origin_, line_));
    command_.reset();  // it ran this test, not the next one
  }

  void add_failure(const std::string& line) {
    if (!section_) return add_incident(line);
    if (section_->failure.empty()) section_->failure = "line " + std::to_string(line_) + ": " + line;
  }

  void add_incident(const std::string& what) { muster::add_incident(results_, place_of(origin_, line_), what); }

  void finish_section() {
    if (section_) muster::finish_section(std::move(*section_), place_of(origin_, line_), results_);
    section_.reset();
  }

  const std::string& origin_;
  int line_ = 0;
  ForeignResults results_;
  std::optional<Section> section_;
  RowColumns columns_;
  std::optional<Collective> command_;  ///< the last that was seen
};

}  // namespace

bool is_nccl_tests_text(std::string_view text) {
  const bool has_units = has(text, "out-of-place") || has(text, "(elements)");  // above or below the heading
  const bool has_table = has_units && has(text, "algbw") && has(text, "busbw");
  return has_table || (has(text, "minBytes") && has(text, "Using devices"));
}

ForeignResults read_nccl_tests_text(std::string_view text, const std::string& origin) {
  return NcclTestsLog(origin).read(text);
}

}  // namespace muster
