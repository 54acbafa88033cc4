// SPDX-License-Identifier: Apache-2.0
#include "reports/writers/chart.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "reports/table_cells.hpp"
#include "reports/writers/heat_map.hpp"

namespace muster {

namespace {

constexpr double kMicroseconds = 1e6;
constexpr double kGigabytes = 1e-9;
constexpr double kTeraflops = 1e-12;
constexpr std::size_t kMostRankCases = 6;  // more lines in one chart cannot be told apart

struct Group {
  std::string title;
  RowList rows;
};

// In the order of the report.
std::vector<Group> collective_groups(const Report& report) {
  std::vector<Group> groups;
  for (const Row& row : report.rows) {
    if (row.item.family != Family::collective || !row.time || is_pair(row.item)) continue;
    const std::string title = comparable_group(row.item);
    auto group = std::ranges::find(groups, title, &Group::title);
    if (group == groups.end()) group = groups.insert(group, {title, {}});
    group->rows.push_back(&row);
  }
  return groups;
}

// A quantity of a row, at a time that is measured, limit or predicted.
using Quantity = double (*)(const Row& row, double seconds);

double microseconds(const Row&, double seconds) { return seconds * kMicroseconds; }

// The rate is known at the median; it is inverse to the time.
double gigabytes(const Row& row, double seconds) {
  const double rate = row.busbw > 0 ? row.busbw : row.algbw;
  return rate * row.time->median / seconds * kGigabytes;
}

double teraflops(const Row& row, double seconds) {
  return row.flops_per_second * row.time->median / seconds * kTeraflops;
}

ChartPoint measured_point(const Row& row, double x, Quantity quantity) {
  const double low = quantity(row, row.time->low);
  const double high = quantity(row, row.time->high);
  return {x, quantity(row, row.time->median), std::min(low, high), std::max(low, high)};
}

using Place = double (*)(const Row& row);
double size_of(const Row& row) { return static_cast<double>(row.item.size.value); }
double first_place(const Row&) { return 0; }

// Channels grow with the size, so they part two ways only where one size was measured with several numbers of them.
std::vector<Group> ways_of(const RowList& rows) {
  std::vector<Group> ways;
  for (const Row* row : rows) {
    Case plain = row->item;
    plain.channels = 1;
    const auto is_free = [&](const Group& way) {
      return std::ranges::none_of(way.rows, [&](const Row* held) { return held->item.size == row->item.size; });
    };
    auto way = std::ranges::find(ways, way_of(plain), &Group::title);
    if (way != ways.end() && !is_free(*way)) way = std::ranges::find(ways, way_of(row->item), &Group::title);
    if (way == ways.end()) {
      const bool is_taken = std::ranges::find(ways, way_of(plain), &Group::title) != ways.end();
      way = ways.insert(way, {way_of(is_taken ? row->item : plain), {}});
    }
    way->rows.push_back(row);
  }
  return ways;
}

// A measured series per way, and its prediction where there is one.
void add_ways(const RowList& rows, Place place, Quantity quantity, Chart& chart) {
  const std::vector<Group> ways = ways_of(rows);
  int colour = 0;
  for (const Group& way : ways) {
    ChartSeries measured{.label = way.title, .colour = colour};
    ChartSeries predicted{.label = way.title + ", predicted", .role = SeriesRole::prediction, .colour = colour};
    for (const Row* row : way.rows) {
      measured.points.push_back(measured_point(*row, place(*row), quantity));
      const std::optional<Bound>& prediction = row->expectation.prediction;
      if (prediction) predicted.points.push_back({place(*row), quantity(*row, prediction->time.value)});
    }
    chart.series.push_back(std::move(measured));
    if (!predicted.points.empty()) chart.series.push_back(std::move(predicted));
    ++colour;
  }
}

// Ways may have limits of their own (a transport that copies twice): the line is that of the best.
void add_limit(const RowList& rows, Place place, Quantity quantity, Chart& chart) {
  std::map<double, const Row*> best;
  for (const Row* row : rows) {
    if (!row->expectation.limit) continue;
    const Row*& held = best.try_emplace(place(*row), row).first->second;
    if (row->expectation.limit->time < held->expectation.limit->time) held = row;
  }
  ChartSeries limit{.label = "limit", .role = SeriesRole::limit};
  for (const auto& [x, row] : best) limit.points.push_back({x, quantity(*row, row->expectation.limit->time.value)});
  if (!limit.points.empty()) chart.series.push_back(std::move(limit));
}

void sort_points(Chart& chart) {
  for (ChartSeries& series : chart.series) std::ranges::stable_sort(series.points, {}, &ChartPoint::x);
}

Chart curve(const Group& group, const ChartAxis& y, Quantity quantity) {
  Chart chart{.title = group.title, .x = {"size (bytes)", AxisKind::logarithmic_bytes}, .y = y};
  add_ways(group.rows, size_of, quantity, chart);
  add_limit(group.rows, size_of, quantity, chart);
  sort_points(chart);
  return chart;
}

// One size: nothing to draw a curve over.
Chart single_size(const Group& group) {
  Chart chart{.title = group.title,
              .form = ChartForm::bar,
              .x = {"size (bytes)", AxisKind::category},
              .y = {"bus bandwidth (GB/s)"},
              .categories = {format_size(group.rows.front()->item.size)}};
  add_ways(group.rows, first_place, gigabytes, chart);
  add_limit(group.rows, first_place, gigabytes, chart);
  return chart;
}

std::string product_name(const Case& item) {
  std::string name =
      std::to_string(item.m) + "×" + std::to_string(item.n) + "×" + std::to_string(item.k) + " " + type_cell(item);
  if (item.body != MatmulBody::native) name.append(" ").append(name_of(item.body));
  return name;
}

struct RankSpread {
  const Row* row;
  double median;  // of the ranks' medians
  double spread;  // (slowest - fastest) / median
};

std::vector<RankSpread> widest_spreads(const Report& report) {
  std::vector<RankSpread> spreads;
  for (const Row& row : report.rows) {
    std::vector<double> sorted = row.rank_medians;
    if (sorted.size() < 2) continue;
    std::ranges::sort(sorted);
    const double median = (sorted[(sorted.size() - 1) / 2] + sorted[sorted.size() / 2]) / 2;
    if (median > 0) spreads.push_back({&row, median, (sorted.back() - sorted.front()) / median});
  }
  std::ranges::stable_sort(spreads, std::ranges::greater{}, &RankSpread::spread);
  if (spreads.size() > kMostRankCases) spreads.resize(kMostRankCases);
  return spreads;
}

constexpr std::array<const char*, 2> kForms = {"line", "bar"};
constexpr std::array<const char*, 4> kAxisKinds = {"category", "bytes", "logarithmic", "linear"};
constexpr std::array<const char*, 3> kRoles = {"measured", "limit", "prediction"};

template <std::size_t count, typename Word>
const char* word_of(const std::array<const char*, count>& words, Word word) {
  return words.at(static_cast<std::size_t>(word));
}

Json to_json(const ChartAxis& axis) {
  return {{"title", printable(axis.title)}, {"kind", word_of(kAxisKinds, axis.kind)}};
}

Json to_json(const ChartSeries& series) {
  Json points = Json::array();
  for (const ChartPoint& point : series.points) {
    Json each = Json::array({point.x, point.y});
    if (point.low && point.high) {
      each.push_back(*point.low);
      each.push_back(*point.high);
    }
    points.push_back(std::move(each));
  }
  return {{"label", printable(series.label)},
          {"role", word_of(kRoles, series.role)},
          {"colour", series.colour},
          {"points", std::move(points)}};
}

}  // namespace

std::vector<Chart> collective_charts(const Report& report) {
  std::vector<Chart> charts;
  for (const Group& group : collective_groups(report)) {
    std::set<Bytes> sizes;
    for (const Row* row : group.rows) sizes.insert(row->item.size);
    if (sizes.size() == 1) {
      charts.push_back(single_size(group));
      continue;
    }
    charts.push_back(curve(group, {"bus bandwidth (GB/s)", AxisKind::linear}, gigabytes));
    charts.push_back(curve(group, {"time (us)", AxisKind::logarithmic}, microseconds));
  }
  return charts;
}

std::vector<Chart> matmul_charts(const Report& report) {
  Chart chart{.title = "Matrix products, per rank",
              .form = ChartForm::bar,
              .x = {"product", AxisKind::category},
              .y = {"TFLOPS"},
              .series = {{.label = "measured"}, {.label = "limit", .role = SeriesRole::limit}}};
  for (const Row& row : report.rows) {
    if (row.item.family != Family::matmul || !row.time || row.flops_per_second <= 0) continue;
    const auto x = static_cast<double>(chart.categories.size());
    chart.categories.push_back(product_name(row.item));
    chart.series[0].points.push_back(measured_point(row, x, teraflops));
    const std::optional<Bound>& limit = row.expectation.limit;
    if (limit) chart.series[1].points.push_back({x, teraflops(row, limit->time.value)});
  }
  if (chart.categories.empty()) return {};
  if (chart.series[1].points.empty()) chart.series.pop_back();
  return {chart};
}

std::vector<Chart> rank_charts(const Report& report) {
  Chart chart{.title = "Each rank's median against the median rank",
              .x = {"rank", AxisKind::linear},
              .y = {"slower than the median rank (%)"}};
  for (const RankSpread& spread : widest_spreads(report)) {
    ChartSeries series{.label = spread.row->item.id, .colour = static_cast<int>(chart.series.size())};
    for (std::size_t rank = 0; rank < spread.row->rank_medians.size(); ++rank) {
      const double slower = spread.row->rank_medians[rank] / spread.median - 1;
      series.points.push_back({static_cast<double>(rank), 100 * slower});
    }
    chart.series.push_back(std::move(series));
  }
  if (chart.series.empty()) return {};
  return {chart};
}

std::vector<Chart> history_charts(const std::vector<HistorySeries>& history) {
  std::vector<Chart> charts;
  for (const HistorySeries& series : history) {
    Chart chart{.title = series.case_id,
                .x = {"report", AxisKind::category},
                .y = {series.unit},
                .series = {{.label = series.case_id}}};
    for (const HistoryPoint& point : series.points) {
      chart.series[0].points.push_back({static_cast<double>(chart.categories.size()), point.value});
      chart.categories.push_back(point.label.empty() ? point.when : point.when + " " + point.label);
    }
    charts.push_back(std::move(chart));
  }
  return charts;
}

Json to_json(const Chart& chart) {
  Json series = Json::array();
  for (const ChartSeries& each : chart.series) series.push_back(to_json(each));
  Json categories = Json::array();
  for (const std::string& category : chart.categories) categories.push_back(printable(category));
  return {{"title", printable(chart.title)}, {"form", word_of(kForms, chart.form)}, {"x", to_json(chart.x)},
          {"y", to_json(chart.y)},           {"categories", std::move(categories)}, {"series", std::move(series)}};
}

}  // namespace muster
