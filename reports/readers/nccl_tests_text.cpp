// SPDX-License-Identifier: Apache-2.0
// Reader of what nccl-tests and rccl-tests print. The header says what was planned, the rows what was measured of it:
// a sweep that ended early leaves planned cases without a record.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <set>

#include "core/error.hpp"
#include "reports/readers/readers.hpp"

namespace muster {
namespace {

constexpr std::size_t kMaxPlannedSizes = 4096;  // of one sweep: a hostile step must not plan without end
constexpr int kMaxRanks = 1 << 20;

struct CollectiveName {
  std::string_view name;
  Collective collective;
};
constexpr std::array<CollectiveName, 10> kCollectives = {{
    {"all_reduce_perf", Collective::all_reduce},
    {"all_gather_perf", Collective::all_gather},
    {"reduce_scatter_perf", Collective::reduce_scatter},
    {"alltoallv_perf", Collective::all_to_allv},
    {"alltoall_perf", Collective::all_to_all},
    {"broadcast_perf", Collective::broadcast},
    {"reduce_perf", Collective::reduce},
    {"sendrecv_perf", Collective::send_recv},
    {"gather_perf", Collective::gather},
    {"scatter_perf", Collective::scatter},
}};

// Launchers and libraries that say why a run ended; any of them in a line makes it an incident.
constexpr std::array<std::string_view, 10> kFailures = {
    "Test failure", "NCCL failure", "CUDA failure",       "HIP failure", "mpirun noticed",
    "MPI_ABORT",    "Timeout",      "Segmentation fault", "srun: error", "CANCELLED"};

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  constexpr std::string_view kBlanks = " \t\r";
  for (std::size_t at = line.find_first_not_of(kBlanks); at < line.size();) {
    const std::size_t end = std::min(line.find_first_of(kBlanks, at), line.size());
    words.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(kBlanks, end);
  }
  return words;
}

template <typename T>
std::optional<T> number_in(std::string_view word) {
  T value{};
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size()) return std::nullopt;
  return value;
}

/// The whole number in the word after `name`: "minBytes 1024", "step: 2(factor)".
std::optional<std::uint64_t> number_after(std::string_view line, std::string_view name) {
  const std::size_t at = line.find(name);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = line.substr(at + name.size());
  const std::size_t start = rest.find_first_not_of(" :");
  if (start == std::string_view::npos) return std::nullopt;
  return number_in<std::uint64_t>(rest.substr(start, rest.find_first_not_of("0123456789", start) - start));
}

/// "[1,0]<stdout>:" of mpirun --tag-output and "0: " of srun -l.
std::string_view without_prefix(std::string_view line) {
  const std::size_t tag = line.starts_with("[") ? line.find(">:") : std::string_view::npos;
  if (tag != std::string_view::npos) return line.substr(tag + 2);
  const std::size_t digits = line.find_first_not_of("0123456789");
  if (digits != 0 && digits != std::string_view::npos && line.substr(digits).starts_with(": ")) {
    return line.substr(digits + 2);
  }
  return line;
}

struct Sweep {
  std::uint64_t least = 0, most = 0, step = 0;
  bool by_factor = true;

  std::vector<std::uint64_t> sizes() const {
    std::vector<std::uint64_t> all;
    if (by_factor ? step < 2 : step == 0) return all;
    for (std::uint64_t size = least; size != 0 && size <= most && all.size() < kMaxPlannedSizes;) {
      all.push_back(size);
      if (by_factor ? size > most / step : size > most - step) break;
      size = by_factor ? size * step : size + step;
    }
    return all;
  }
};

/// One collective of one process group: from its header to its footer.
struct Section {
  std::optional<Collective> collective;
  Sweep sweep;
  int averaged_over = 0;
  int check_iterations = 0;
  int line = 0;
  bool concluded = false;
  bool is_old = false;  ///< before "Collective test concluded" was printed
  std::vector<std::string> hosts;
  std::vector<Reading> rows;
};

/// The sizes that nccl-tests makes of the one asked for: whole elements, per-peer shares in multiples of 16 bytes.
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

std::string group_of(const std::vector<std::string>& hosts) {
  std::set<std::string> seen;
  std::string group;
  for (const std::string& host : hosts) {
    const std::string name = host.substr(0, host.find('.'));
    if (seen.insert(name).second) group += (group.empty() ? "" : "+") + name;
  }
  return group;
}

class TextReader {
 public:
  explicit TextReader(const std::string& origin) : origin_(origin) {}

  ForeignResults read(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      ++line_;
      take(without_prefix(text.substr(at, end - at)));
      at = end + 1;
    }
    finish_section();
    return std::move(results_);
  }

 private:
  void take(std::string_view line) {
    if (std::any_of(kFailures.begin(), kFailures.end(), [&](auto word) { return contains(line, word); })) {
      return add_incident(line);
    }
    const auto words = words_of(line);
    if (words.empty()) return;
    if (words.front().starts_with("#")) return take_comment(line, words);
    if (section_ && words.size() >= 11 && number_in<std::uint64_t>(words[0])) take_row(words);
  }

  void take_comment(std::string_view line, const std::vector<std::string_view>& words) {
    if (contains(line, "nccl-tests version")) results_.version = std::string(line.substr(line.find("version") + 8));
    if (contains(line, "Collective test starting")) begin_section().collective = collective_in(line);
    if (contains(line, "minBytes")) take_parameters(line);
    if (section_ && words.size() > 6 && words[1] == "Rank") take_rank(words);
    if (section_ && contains(line, "Out of bounds values") && contains(line, "FAILED")) add_incident(line);
    if (section_ && contains(line, "Avg bus bandwidth")) section_->concluded = true;
  }

  Section& begin_section() {
    finish_section();
    section_.emplace();
    section_->line = line_;
    return *section_;
  }

  static std::optional<Collective> collective_in(std::string_view line) {
    for (const auto& [name, collective] : kCollectives) {
      const std::size_t at = line.find(name);
      if (at != std::string_view::npos && (at == 0 || line[at - 1] == ' ' || line[at - 1] == '/')) return collective;
    }
    return std::nullopt;
  }

  void take_parameters(std::string_view line) {
    if (!section_ || section_->sweep.most != 0) begin_section().is_old = true;
    Section& section = *section_;
    section.sweep = {number_after(line, "minBytes").value_or(0), number_after(line, "maxBytes").value_or(0),
                     number_after(line, "step").value_or(0), contains(line, "(factor)")};
    const auto small = [&](std::string_view name, std::uint64_t otherwise) {
      return static_cast<int>(std::min<std::uint64_t>(number_after(line, name).value_or(otherwise), 30'000));
    };
    const std::size_t timed = line.find(" iters", line.find("warmup iters") + 8);
    const auto iterations = timed == std::string_view::npos ? 0 : number_after(line.substr(timed), "iters").value_or(0);
    section.averaged_over = static_cast<int>(std::min<std::uint64_t>(iterations, 30'000)) * small("agg iters", 1);
    section.check_iterations = small("validation", 0);
  }

  void take_rank(const std::vector<std::string_view>& words) {
    const auto on = std::find(words.begin(), words.end(), "on");
    const auto rank = number_in<int>(words[2]);
    if (on == words.end() || on + 1 == words.end() || !rank || *rank < 0 || *rank >= kMaxRanks) return;
    auto& hosts = section_->hosts;
    if (hosts.size() == static_cast<std::size_t>(*rank)) hosts.emplace_back(*(on + 1));
  }

  /// size count type [redop] [root], then time algbw busbw #wrong of each placement.
  void take_row(const std::vector<std::string_view>& words) {
    Case item = case_of_section();
    const auto* type = std::find_if(kElementTypes.begin(), kElementTypes.end(),
                                    [&](const ElementTypeInfo& known) { return known.name == words[2]; });
    const auto count = number_in<std::uint64_t>(words[1]);
    const auto size = number_in<std::uint64_t>(words[0]);
    if (type == kElementTypes.end() || !count || !size || *size == 0) return;
    item.type = type->type;
    item.size = Bytes{*size};
    std::size_t at = 3;
    if (!number_in<double>(words[at])) {
      if (reduces(item.collective) && words[at] != "none") item.operation = parse_reduce_operation(words[at]);
      ++at;
    }
    if (const auto root = number_in<int>(words[at]); root && words.size() - at >= 9) {
      if (has_root(item.collective)) item.root = std::max(*root, 0);
      ++at;
    }
    const std::size_t width = (words.size() - at) / 2 >= 8 ? 8 : 4;  // 8 with the four columns of -I
    for (const Placement placement : {Placement::out_of_place, Placement::in_place}) {
      if (at + width > words.size()) return;
      item.placement = placement;
      add_row(item, *count, words[at], words[at + 2], words[at + 3]);
      at += width;
    }
  }

  void add_row(const Case& item, std::uint64_t count, std::string_view time, std::string_view busbw,
               std::string_view wrong) {
    if (time == "N/A") return;
    Reading reading{item, std::nullopt};
    const auto microseconds = number_in<double>(time);
    const auto bandwidth = number_in<double>(busbw);
    if (microseconds && bandwidth && std::isfinite(*bandwidth) && std::isfinite(*microseconds) && *microseconds > 0 &&
        *microseconds < 86400e6) {
      Record record;
      record.ranks = item.ranks;
      record.bytes = item.size;
      record.averaged_over = section_->averaged_over;
      record.origin = origin_ + ":" + std::to_string(line_);
      record.seconds = {*microseconds * 1e-6};
      if (const auto found = number_in<std::uint64_t>(wrong); found && section_->check_iterations > 0) {
        record.check.iterations = section_->check_iterations;
        record.check.elements = std::max(std::max(count, *found), std::uint64_t{1});
        record.check.wrong = *found;
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
    item.ranks = static_cast<int>(section_->hosts.size());
    item.group = group_of(section_->hosts);
    return item;
  }

  void add_incident(std::string_view line) {
    Incident incident;
    incident.what = origin_ + ":" + std::to_string(line_) + ": ";
    for (const char letter : line.substr(0, 200)) incident.what += letter >= ' ' && letter <= '~' ? letter : ' ';
    results_.incidents.push_back(std::move(incident));
  }

  /// Plans the whole sweep for each kind of row that was seen, so that what is missing shows.
  void finish_section() {
    if (!section_) return;
    if (!section_->concluded)
      add_incident("the section that starts at line " + std::to_string(section_->line) +
                   " has no footer: it was cut off");
    if (!section_->collective) {
      add_incident("the file does not say which collective this is; its rows are left out");
      section_.reset();
      return;
    }
    std::map<std::string, Case> kinds;
    for (const Reading& reading : section_->rows) kinds.try_emplace(id_without_size(reading.item), reading.item);
    if (kinds.empty()) kinds.try_emplace("", case_of_section());
    std::set<std::string> measured;
    for (const Reading& reading : section_->rows) measured.insert(case_id(reading.item));
    for (auto& [id, item] : kinds) {
      for (const std::uint64_t asked : section_->sweep.sizes()) {
        item.size = Bytes{size_of_row(asked, item)};
        if (item.size.value != 0 && measured.insert(case_id(item)).second) section_->rows.push_back({item, {}});
      }
    }
    if (section_->hosts.size() > results_.hosts.size()) results_.hosts = section_->hosts;
    std::move(section_->rows.begin(), section_->rows.end(), std::back_inserter(results_.readings));
    section_.reset();
  }

  static std::string id_without_size(Case item) {
    item.size = Bytes{1};
    return case_id(item);
  }

  const std::string& origin_;
  int line_ = 0;
  ForeignResults results_;
  std::optional<Section> section_;
};

}  // namespace

bool is_nccl_tests_text(std::string_view text) {
  return contains(text, "minBytes") && (contains(text, "out-of-place") || contains(text, "Using devices"));
}

ForeignResults read_nccl_tests_text(std::string_view text, const std::string& origin) {
  return TextReader(origin).read(text);
}

}  // namespace muster
