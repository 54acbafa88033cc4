// SPDX-License-Identifier: Apache-2.0
#include "reports/readers/nccl_tests_section.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "core/error.hpp"
#include "reports/readers/nccl_tests_rates.hpp"
#include "reports/readers/text_lines.hpp"

namespace muster {
namespace {

constexpr std::size_t kMostPlannedSizes = 4096;
constexpr std::size_t kMostUnmeasured = 4096;                 // of one file: a hostile sweep must not fill the memory
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 50;  // a plan holds no more
constexpr double kLeastMicroseconds = 1e-6;                   // a run holds no less: no clock ticks so fast
constexpr double kMostMicroseconds = 86400e6;                 // a day: no operation takes longer

// In letters only, longer ones before those that they contain.
constexpr std::array<std::pair<std::string_view, Collective>, 10> kCollectiveNames = {{
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

// Those of rccl-tests, and of nccl-tests before it had types of its own.
constexpr std::array<std::pair<std::string_view, ElementType>, 4> kOtherTypeNames = {{
    {"fp8_e4m3", ElementType::float8_e4m3},
    {"fp8_e5m2", ElementType::float8_e5m2},
    {"char", ElementType::int8},
    {"int", ElementType::int32},
}};

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

/// How many took part in one operation: with NCCL_TESTS_SPLIT, groups of ranks do theirs side by side. Where all are of
/// one group, the highest number tells it even if lines of others were cut out.
int ranks_together(const Section& section) {
  if (section.ranks.empty()) return section.rank_count;
  const int group = section.ranks.begin()->second.group;
  const auto together =
      std::ranges::count_if(section.ranks, [group](const auto& each) { return each.second.group == group; });
  const bool is_whole = std::cmp_equal(together, section.ranks.size());
  return is_whole ? section.ranks.rbegin()->first + 1 : static_cast<int>(together);
}

/// Empty where lines of some ranks were cut out: those that are left are not who took part.
std::string hosts_of(const std::map<int, ForeignRank>& ranks) {
  if (!ranks.empty() && std::cmp_not_equal(ranks.rbegin()->first + 1, ranks.size())) return {};
  std::set<std::string> seen;
  std::string hosts;
  for (const auto& [number, rank] : ranks) {
    const std::string name = rank.host.substr(0, rank.host.find('.'));
    if (!name.empty() && seen.insert(name).second) hosts += (hosts.empty() ? "" : "+") + name;
  }
  return hosts;
}

Case case_of(const Section& section) {
  Case item;
  item.collective = section.collective.value_or(Collective::all_reduce);
  item.transport = TransportKind::nccl;
  item.cadence = section.cadence;
  item.launch = section.launch;
  if (item.collective == Collective::all_to_allv) item.traffic = kUnknownTraffic;  // of a matrix, or of a random spread
  item.ranks = ranks_together(section);
  item.group = hosts_of(section.ranks);
  return item;
}

CheckResult check_of(const RowNumbers& numbers, std::uint64_t count, const Section& section, const Record& record) {
  if (section.check_iterations == 0 || (!numbers.wrong && !numbers.error)) return {};
  CheckResult check;
  check.iterations = section.check_iterations;
  check.wrong = numbers.wrong.value_or(0);
  check.elements = std::max({count, check.wrong, std::uint64_t{1}});
  if (check.wrong > 0) check.first_wrong = "see " + record.origin;
  return check;
}

void add_placement(Section& section, const Case& item, const LogRow& row, const RowNumbers& numbers,
                   const std::string& place) {
  Reading reading{item, std::nullopt};
  if (numbers.seconds) {
    Record record;
    record.ranks = std::max(item.ranks, 1);
    record.bytes = item.size;
    record.origin = place;
    record.averaged_over = numbers.samples.empty() ? section.averaged_over : 1;
    record.seconds = numbers.samples.empty() ? std::vector{*numbers.seconds} : numbers.samples;
    if (std::cmp_equal(numbers.rank_samples.size(), item.ranks)) record.rank_seconds = numbers.rank_samples;
    record.check = check_of(numbers, row.count, section, record);
    if (numbers.error.value_or(0) > 0 && section.check_iterations > 0) section.inexact.push_back(section.rows.size());
    reading.record = std::move(record);
  }
  section.rows.push_back(std::move(reading));
}

bool is_unmeasured(const Reading& reading) { return !reading.record; }

/// The planned sizes that no row has, in the placements, types, operations and roots that other rows have; at most
/// `room` of them. False if there are more.
bool add_unmeasured(Section& section, std::size_t room) {
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
      if (item.size.value == 0 || !measured.insert(case_id(item)).second) continue;
      if (room-- == 0) return false;
      section.rows.push_back({item, {}});
    }
  }
  return true;
}

}  // namespace

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

std::vector<std::uint64_t> Sweep::sizes() const {
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

std::optional<double> seconds_of(std::optional<double> microseconds) {
  if (!microseconds || !(*microseconds >= kLeastMicroseconds && *microseconds < kMostMicroseconds)) return std::nullopt;
  return *microseconds * 1e-6;
}

std::optional<ElementType> element_type_in(std::string_view name) {
  const auto* const found = std::ranges::find(kElementTypes, name, &ElementTypeInfo::name);
  if (found != kElementTypes.end()) return found->type;
  for (const auto& [other, type] : kOtherTypeNames) {
    if (other == name) return type;
  }
  return std::nullopt;
}

std::optional<ReduceOperation> operation_in(std::string_view name) {
  if (name == "none") return ReduceOperation::sum;
  try {
    return parse_reduce_operation(name);
  } catch (const Error&) {
    return std::nullopt;
  }
}

void add_row(Section& section, const LogRow& row, const std::string& place) {
  if (row.size == 0 || row.size > kMostBytes) return;
  keep_fastest(section.fastest, row);
  if (!section.collective) {
    section.pending.push_back({row, place});
    return;
  }
  Case item = case_of(section);
  if (has_root(item.collective) && row.root >= std::max(item.ranks, 1)) {
    if (section.failure.empty()) section.failure = place + ": its root is none of its ranks";
    return;
  }
  item.type = row.type;
  item.size = Bytes{row.size};
  if (reduces(item.collective)) item.operation = row.operation;
  if (has_root(item.collective)) item.root = std::max(row.root, 0);
  const auto& [out_of_place, in_place] = row.placements;
  if (out_of_place) add_placement(section, item, row, *out_of_place, place);
  if (!in_place || (!in_place->wrong && has_no_place(item.collective))) return;
  item.placement = Placement::in_place;
  add_placement(section, item, row, *in_place, place);
}

void finish_section(Section section, const std::string& place, ForeignResults& results) {
  if (!section.collective) {
    if (ranks_together(section) == 0) section.rank_count = ranks_by_rates(section.fastest);
    section.collective = collective_by_rates(section.fastest, ranks_together(section));
  }
  if (!section.collective) {
    return add_incident(results, place,
                        section.title +
                            " does not say which collective it is, nor do a command before it, the file's " +
                            "name or its rates; its rows are left out (name the file after it: all_reduce.log)");
  }
  for (const PendingRow& each : std::exchange(section.pending, {})) add_row(section, each.row, each.place);
  const Case item = case_of(section);
  const std::string contradiction = contradiction_in(section.fastest, item);
  if (!contradiction.empty()) add_incident(results, place, section.title + contradiction);
  const std::string who = section.title + " (" + std::string(name_of(item.collective)) +
                          (item.group.empty() ? "" : " on " + item.group) + ")";
  if (section.failure.empty() && !section.concluded) section.failure = "it has no footer";
  if (section.failure.empty() && section.rows.empty()) section.failure = "it has no rows";
  if (!section.failure.empty()) add_incident(results, place, who + " failed: " + section.failure);
  for (const std::size_t at : section.inexact) {
    if (!section.in_bounds) section.rows[at].record->check = {};
  }
  const auto listed = static_cast<std::size_t>(std::ranges::count_if(results.readings, is_unmeasured));
  if (!add_unmeasured(section, kMostUnmeasured - std::min(listed, kMostUnmeasured))) {
    add_incident(results, place, section.title + " misses more planned sizes than can be listed");
  }
  if (section.ranks.size() > results.ranks.size()) {
    results.ranks.clear();
    for (const auto& [number, rank] : section.ranks) results.ranks.push_back(rank);
  }
  std::ranges::move(section.rows, std::back_inserter(results.readings));
}

}  // namespace muster
