// SPDX-License-Identifier: Apache-2.0
// Charts of a report as data, in the units that people read: made from rows here, drawn by page/report.js, and written
// as a table behind each chart for whoever cannot or will not look at it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/writers/writers.hpp"

namespace muster {

enum class ChartForm { line, bar };

/// How the numbers of an axis are read and spaced. `category`: x counts through Chart::categories.
enum class AxisKind { category, logarithmic_bytes, logarithmic, linear };

struct ChartAxis {
  std::string title;
  AxisKind kind = AxisKind::linear;
};

struct ChartPoint {
  double x = 0, y = 0;
  std::optional<double> low{}, high{};  ///< interval of y
};

/// What a series is: solid with marks, dashed, dotted.
enum class SeriesRole { measured, limit, prediction };

struct ChartSeries {
  std::string label;
  SeriesRole role = SeriesRole::measured;
  int colour = 0;  ///< number in the palette; a prediction has that of its measurement
  std::vector<ChartPoint> points{};
};

struct Chart {
  std::string title;
  ChartForm form = ChartForm::line;
  ChartAxis x, y;
  std::vector<std::string> categories{};
  std::vector<ChartSeries> series{};
};

/// Per comparable group of collectives: bandwidth and time over size, with limit and predictions. Groups of one size
/// get bars. Pairs of nodes are left to heat_maps_of().
std::vector<Chart> collective_charts(const Report& report);
/// Products against the limit, in TFLOPS.
std::vector<Chart> matmul_charts(const Report& report);
/// How far each rank is from the median rank, of the cases whose ranks differ most.
std::vector<Chart> rank_charts(const Report& report);
std::vector<Chart> history_charts(const std::vector<HistorySeries>& history);

/// For page/report.js.
Json to_json(const Chart& chart);

}  // namespace muster
