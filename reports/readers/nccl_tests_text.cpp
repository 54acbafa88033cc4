// SPDX-License-Identifier: Apache-2.0
// Reader of what nccl-tests and rccl-tests print, of all versions and behind all launchers. The header says what was
// planned, the rows what was measured of it: a sweep that ended early leaves planned cases without a record.
#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>

#include "core/error.hpp"
#include "reports/readers/nccl_tests_row.hpp"
#include "reports/readers/text_lines.hpp"

namespace muster {

namespace {

constexpr std::size_t kMostPlannedSizes = 4096;  // of one sweep: a hostile step must not plan without end
constexpr int kMostRanks = 1 << 20;
constexpr std::uint64_t kMostIterations = 30'000;
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 50;

struct CollectiveName {
  std::string_view name;
  Collective collective;
};

// In letters only, longer ones before those that they contain: matches "all_reduce_perf", "AllReduce",
// "nccl_allreduce".
constexpr std::array<CollectiveName, 10> kCollectiveNames = {{
    {"allreduce", Collective::all_reduce},
    {"allgather", Collective::all_gather},
    {"reducescatter", Collective::reduce_scatter},
    {"alltoallv", Collective::all_to_allv},
    {"alltoall", Collective::all_to_all},
    {"broadcast", Collective::broadcast},
    {"sendrecv", Collective::send_recv},
    {"gather", Collective::gather},
    {"scatter", Collective::scatter},
    {"reduce", Collective::reduce},
}};

std::optional<Collective> collective_in(std::string_view text) {
  std::string letters;
  for (const char c : text) {
    if (c >= 'A' && c <= 'Z') letters += static_cast<char>(c - 'A' + 'a');
    if (c >= 'a' && c <= 'z') letters += c;
  }
  for (const auto& [name, collective] : kCollectiveNames) {
    if (has(letters, name)) return collective;
  }
  return std::nullopt;
}

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

/// Colours and other commands to a terminal: ESC [ ... letter.
std::string without_escapes(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\x1b') {
      plain += text[at];
      continue;
    }
    if (at + 1 < text.size() && text[at + 1] == '[') ++at;
    while (at + 1 < text.size() && !((text[at + 1] | 0x20) >= 'a' && (text[at + 1] | 0x20) <= 'z')) ++at;
    ++at;
  }
  return plain;
}

struct Sweep {
  std::uint64_t least = 0, most = 0, step = 0;
  bool by_factor = true;

  std::vector<std::uint64_t> sizes() const {
    std::vector<std::uint64_t> all;
    if (least == 0 || most > kMostBytes) return all;
    if (least == most) return {least};
    if (by_factor ? step < 2 : step == 0) return all;
    for (std::uint64_t size = least; size <= most && all.size() < kMostPlannedSizes;
         size = by_factor ? size * step : size + step) {
      all.push_back(size);
      if (by_factor ? size > most / step : size > most - step) break;
    }
    return all;
  }
};

/// One collective of one set of ranks: from its header to its footer.
struct Section {
  std::optional<Collective> collective;
  Sweep sweep;
  RowColumns columns;
  int averaged_over = 0;
  int check_iterations = 0;
  int line = 0;
  bool concluded = false, in_bounds = false;
  std::string failure;  ///< the first line that says that it failed; the others follow from it
  std::map<int, ForeignRank> ranks;
  std::vector<Reading> rows;
  std::vector<std::size_t> inexact;  ///< of `rows`: an old version told an error that only the footer can judge
};

/// Sizes as nccl-tests makes them of the one asked for: whole elements, shares of peers in multiples of 16 bytes.
std::uint64_t size_of_row(std::uint64_t asked, const Case& item) {
  const std::uint64_t element = size_of(item.type);
  switch (item.collective) {
    case Collective::all_reduce:
    case Collective::broadcast:
    case Collective::reduce:
    case Collective::send_recv:
      return asked / element * element;
    default: {
      const auto peers = static_cast<std::uint64_t>(std::max(item.ranks, 1));
      return asked / peers / 16 * 16 * peers;
    }
  }
}

/// Those that have no form in place: their second half repeats the first, unchecked.
bool has_no_place(Collective collective) {
  return collective == Collective::all_to_all || collective == Collective::all_to_allv ||
         collective == Collective::send_recv;
}

std::string group_of(const std::map<int, ForeignRank>& ranks) {
  std::set<std::string> seen;
  std::string group;
  for (const auto& [number, rank] : ranks) {
    const std::string name = rank.host.substr(0, rank.host.find('.'));
    if (!name.empty() && seen.insert(name).second) group += (group.empty() ? "" : "+") + name;
  }
  return group;
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
  void take(std::string_view line, const std::vector<std::string_view>& words) {
    if (words.empty()) return;
    if (words.front().starts_with("#")) return take_comment(line, words);
    if (says_failure(line)) return add_failure(std::string(line));
    if (section_ && whole_word(words[0])) take_row(words);
  }

  void take_comment(std::string_view line, const std::vector<std::string_view>& words) {
    if (has(line, "-tests version") || has(line, "-tests: version")) {
      results_.version = std::string(line.substr(line.find("version") + 7));
      results_.tool = has(line, "rccl-tests") ? "rccl-tests" : "nccl-tests";
    }
    if (has(line, "Reducing maxBytes")) add_incident("the sweep was shortened by a lack of memory");
    if (has(line, "Collective test starting")) begin_section().collective = collective_in(words.back());
    if (has(line, "minBytes")) take_parameters(line);
    if (!section_) return;
    if (words.size() > 6 && words[1] == "Rank") take_rank(line, words);
    if (words.size() > 4 && words[1] == "size" && words[2] == "count") section_->columns = columns_of(words);
    if (has(line, "Out of bounds values")) {
      section_->in_bounds = has(line, "OK");
      if (has(line, "FAILED")) add_failure(std::string(line));
    }
    if (has(line, "Avg bus bandwidth")) {
      section_->concluded = true;
      if (has(line, "FAILED")) add_failure(std::string(line));
    }
  }

  Section& begin_section() {
    finish_section();
    section_.emplace();
    section_->line = line_;
    return *section_;
  }

  void take_parameters(std::string_view line) {
    if (!section_ || section_->sweep.most != 0) begin_section();
    Section& section = *section_;
    if (!section.collective) section.collective = collective_in(origin_);  // old versions do not print it
    section.sweep = {number_after(line, "minBytes").value_or(0), number_after(line, "maxBytes").value_or(0),
                     number_after(line, "step").value_or(0), has(line, "(factor)")};
    const std::size_t warmup = line.find("warmup iters");
    const std::string_view rest = line.substr(warmup == std::string_view::npos ? 0 : warmup + 12);
    const auto number = [&](std::string_view name, std::uint64_t otherwise) {
      return static_cast<int>(std::min(number_after(rest, name).value_or(otherwise), kMostIterations));
    };
    section.averaged_over = number(" iters:", 0) * number("agg iters:", 1);
    section.check_iterations = number("validation:", 0);
  }

  void take_rank(std::string_view line, const std::vector<std::string_view>& words) {
    const auto on = std::ranges::find(words, "on");
    const auto rank = whole_word(words[2]);
    if (on == words.end() || on + 1 == words.end() || !rank || *rank >= kMostRanks) return;
    const std::size_t model = line.find("] ");
    section_->ranks[static_cast<int>(*rank)] = {
        .host = std::string(*(on + 1)),
        .model = model == std::string_view::npos ? "" : std::string(line.substr(model + 2))};
  }

  void take_row(const std::vector<std::string_view>& words) {
    const auto row = log_row_of(words, section_->columns);
    if (!row || row->size == 0 || row->size > kMostBytes) return;
    Case item = case_of_section();
    item.type = row->type;
    item.size = Bytes{row->size};
    if (reduces(item.collective)) item.operation = row->operation;
    if (has_root(item.collective)) item.root = std::max(row->root, 0);
    add_placement(item, row->count, row->placements[0]);
    item.placement = Placement::in_place;
    if (!row->placements[1].wrong && has_no_place(item.collective)) return;
    add_placement(item, row->count, row->placements[1]);
  }

  void add_placement(const Case& item, std::uint64_t count, const RowNumbers& numbers) {
    Reading reading{item, std::nullopt};
    if (numbers.seconds) {
      Record record;
      record.ranks = std::max(item.ranks, 1);
      record.bytes = item.size;
      record.averaged_over = section_->averaged_over;
      record.origin = place_of(origin_, line_);
      record.seconds = {*numbers.seconds};
      if (section_->check_iterations > 0 && (numbers.wrong || numbers.error)) {
        record.check.iterations = section_->check_iterations;
        record.check.wrong = numbers.wrong.value_or(0);
        record.check.elements = std::max({count, record.check.wrong, std::uint64_t{1}});
        if (record.check.wrong > 0) record.check.first_wrong = "see " + record.origin;
        if (numbers.error.value_or(0) > 0) section_->inexact.push_back(section_->rows.size());
      }
      reading.record = std::move(record);
    }
    section_->rows.push_back(std::move(reading));
  }

  Case case_of_section() const {
    Case item;
    item.collective = section_->collective.value_or(Collective::all_reduce);
    item.transport = TransportKind::nccl;
    item.cadence = Cadence::streaming;
    item.ranks = static_cast<int>(section_->ranks.size());
    item.group = group_of(section_->ranks);
    return item;
  }

  void add_failure(const std::string& line) {
    if (!section_) return add_incident(line);
    if (section_->failure.empty()) section_->failure = "line " + std::to_string(line_) + ": " + line;
  }

  void add_incident(const std::string& what) { muster::add_incident(results_, place_of(origin_, line_), what); }

  void finish_section() {
    if (!section_) return;
    const std::string start = "the test that starts at line " + std::to_string(section_->line);
    if (!section_->collective) {
      add_incident(start + " does not say which collective it is, nor does the file's name; its rows are left out");
    } else {
      const Case item = case_of_section();
      const std::string who = start + " (" + std::string(name_of(item.collective)) + " on " + item.group + ")";
      if (section_->failure.empty() && !section_->concluded) section_->failure = "it has no footer";
      if (section_->failure.empty() && section_->rows.empty()) section_->failure = "it has no rows";
      if (!section_->failure.empty()) add_incident(who + " failed: " + section_->failure);
      settle_rows();
    }
    section_.reset();
  }

  /// What the footer decides for all rows, and the planned sizes that no row has.
  void settle_rows() {
    Section& section = *section_;
    for (const std::size_t at : section.inexact) {
      if (!section.in_bounds) section.rows[at].record->check = {};
    }
    std::map<std::string, Case> kinds;
    std::set<std::string> measured;
    for (const Reading& reading : section.rows) {
      Case kind = reading.item;
      measured.insert(case_id(kind));
      kind.size = Bytes{1};
      kinds.try_emplace(case_id(kind), kind);
    }
    for (auto& [id, item] : kinds) {
      for (const std::uint64_t asked : section.sweep.sizes()) {
        item.size = Bytes{size_of_row(asked, item)};
        if (item.size.value != 0 && measured.insert(case_id(item)).second) section.rows.push_back({item, {}});
      }
    }
    if (section.ranks.size() > results_.ranks.size()) {
      results_.ranks.clear();
      for (const auto& [number, rank] : section.ranks) results_.ranks.push_back(rank);
    }
    std::ranges::move(section.rows, std::back_inserter(results_.readings));
  }

  const std::string& origin_;
  int line_ = 0;
  ForeignResults results_;
  std::optional<Section> section_;
};

}  // namespace

bool is_nccl_tests_text(std::string_view text) {
  return has(text, "minBytes") && (has(text, "out-of-place") || has(text, "Using devices"));
}

ForeignResults read_nccl_tests_text(std::string_view text, const std::string& origin) {
  if (has(text, "\x1b")) return NcclTestsLog(origin).read(without_escapes(text));
  return NcclTestsLog(origin).read(text);
}

}  // namespace muster
