// SPDX-License-Identifier: Apache-2.0
#include "collectives/validation/published_curves.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <string_view>

#include "core/csv.hpp"
#include "core/error.hpp"

namespace muster {
namespace {

constexpr const char* kIndex = "INDEX.csv";
constexpr Range<int> kRanks{1, 1 << 20};
constexpr Range<double> kSizes{0, 1e15};           // bytes
constexpr Range<double> kMicroseconds{1e-3, 1e9};  // nobody waits longer than 17 minutes for one operation

struct Word {
  std::string_view text;
  Collective collective;
};

/// As nccl-tests and its readers write them.
constexpr std::array<Word, 11> kWords = {{{"all_reduce", Collective::all_reduce},
                                          {"all_gather", Collective::all_gather},
                                          {"reduce_scatter", Collective::reduce_scatter},
                                          {"alltoall", Collective::all_to_all},
                                          {"all_to_all", Collective::all_to_all},
                                          {"broadcast", Collective::broadcast},
                                          {"reduce", Collective::reduce},
                                          {"sendrecv", Collective::send_recv},
                                          {"send_recv", Collective::send_recv},
                                          {"gather", Collective::gather},
                                          {"scatter", Collective::scatter}}};

std::optional<Collective> collective_of(std::string_view text) {
  const auto* word = std::ranges::find(kWords, text, &Word::text);
  return word == kWords.end() ? std::nullopt : std::optional(word->collective);
}

/// Of a column that not every index has.
std::string text_or_empty(const CsvRow& row, std::string_view column) {
  return row.has(column) ? row.text(column) : std::string();
}

/// Empty when the line of the index speaks of a curve.
std::string no_curve(const CsvRow& row) {
  if (text_or_empty(row, "notes").starts_with("FLEET")) {
    return "the same test on many nodes, for finding the sick ones: nothing to be predicted";
  }
  if (!collective_of(row.text("collective"))) {
    return "points of " + in_quotes(row.text("collective")) + ", no curve of one collective";
  }
  if (text_or_empty(row, "nccl").find("MSCCL") != std::string::npos)
    return "schedules of MSCCL, not those of NCCL or RCCL";
  return {};
}

PublishedPoint point_of(const CsvRow& row) {
  const std::string time = text_or_empty(row, "oop_time_us").empty() ? "ip_time_us" : "oop_time_us";
  return {.size = {static_cast<std::uint64_t>(row.number("size_bytes", kSizes))},
          .time = {row.number(time, kMicroseconds) * 1e-6},
          .line = row.line()};
}

void check_row(const CsvRow& row, const PublishedCurve& curve) {
  if (row.integer("nranks", kRanks) == curve.ranks() && collective_of(row.text("collective")) == curve.collective)
    return;
  throw row.error("nranks", "the index says " + std::string(name_of(curve.collective)) + " of " +
                                std::to_string(curve.ranks()) + " ranks; correct one of the two");
}

std::vector<PublishedPoint> read_points(const std::string& path, const PublishedCurve& curve) {
  const CsvTable table = read_csv(path);
  std::vector<PublishedPoint> points;
  for (std::size_t i = 0; i < table.size(); ++i) {
    check_row(table[i], curve);
    const PublishedPoint point = point_of(table[i]);
    if (point.size.value > 0) points.push_back(point);  // nccl-tests cuts tiny sizes to nothing
  }
  if (points.empty()) throw Error(path + ": has no row with a size; a curve needs some");
  std::ranges::stable_sort(points, {}, &PublishedPoint::size);
  return points;
}

PublishedCurve curve_of(const CsvRow& row, const std::string& path) {
  PublishedCurve curve{.collective = *collective_of(row.text("collective")),
                       .nodes = row.integer("nodes", kRanks),
                       .gpus_per_node = row.integer("gpus_per_node", kRanks),
                       .system = text_or_empty(row, "system"),
                       .gpu = row.text("gpu"),
                       .network = text_or_empty(row, "network")};
  const int ranks = row.integer("nranks", kRanks);
  if (ranks < 2 || static_cast<long long>(curve.nodes) * curve.gpus_per_node != ranks) {
    throw row.error("nranks", "must be nodes x gpus_per_node, and 2 or more");
  }
  curve.points = read_points(path, curve);
  return curve;
}

PublishedTable table_of(const CsvRow& row, const std::filesystem::path& folder, const std::string& origin) {
  PublishedTable table{.file = row.text("file"), .origin = origin};
  try {
    // The index may name folders as they once stood; a table lies beside the index.
    const std::string file = std::filesystem::path(table.file).filename().string();
    if (file.empty() || file == "." || file == "..") throw row.error("file", "names no table");
    table.file = file;
    table.reason = no_curve(row);
    if (table.reason.empty()) table.curve = curve_of(row, (folder / file).string());
  } catch (const Error& error) {
    table.reason = error.what();
  }
  return table;
}

/// Tables beside the index that none of its lines names, in the order of their names.
std::vector<PublishedTable> unnamed_tables(const std::filesystem::path& folder,
                                           const std::vector<PublishedTable>& named) {
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_regular_file() && entry.path().extension() == ".csv") files.insert(entry.path().filename().string());
  }
  files.erase(kIndex);
  for (const PublishedTable& table : named) files.erase(table.file);
  std::vector<PublishedTable> tables;
  for (const std::string& file : files) {
    tables.push_back({.file = file,
                      .origin = (folder / file).string(),
                      .reason = "no line of " + std::string(kIndex) + " says which machine it was measured on"});
  }
  return tables;
}

}  // namespace

std::vector<PublishedTable> read_published_curves(const std::string& folder) {
  const std::filesystem::path root(folder);
  const CsvTable index = read_csv((root / kIndex).string());
  std::vector<PublishedTable> tables;
  for (std::size_t i = 0; i < index.size(); ++i) {
    const CsvRow row = index[i];
    tables.push_back(table_of(row, root, index.origin() + ":" + std::to_string(row.line())));
  }
  std::ranges::move(unnamed_tables(root, tables), std::back_inserter(tables));
  return tables;
}

}  // namespace muster
