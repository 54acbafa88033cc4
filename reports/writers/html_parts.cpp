// SPDX-License-Identifier: Apache-2.0
#include "reports/writers/html_parts.hpp"

#include <array>
#include <set>

#include "core/error.hpp"
#include "reports/table_cells.hpp"
#include "reports/writers/text.hpp"

namespace muster {

namespace {

constexpr std::array<std::string_view, 3> kCellClasses = {"text", "number", "id"};

std::string_view class_of(CellKind kind) { return kCellClasses.at(static_cast<std::size_t>(kind)); }

std::string x_text(const Chart& chart, double x) {
  if (chart.x.kind == AxisKind::category) return chart.categories.at(static_cast<std::size_t>(x));
  if (chart.x.kind == AxisKind::logarithmic_bytes) return format_size(Bytes{static_cast<std::uint64_t>(x)});
  return without_zeros(significant(x));
}

std::string y_text(const ChartPoint& point) {
  std::string text = significant(point.y);
  if (point.low && point.high) text += " (" + significant(*point.low) + " to " + significant(*point.high) + ")";
  return text;
}

// A row per place on the x axis, a column per series.
Html table_of(const Chart& chart) {
  std::set<double> places;
  std::vector<HtmlColumn> columns = {{chart.x.title}};
  for (const ChartSeries& series : chart.series) {
    columns.push_back({series.label, CellKind::number});
    for (const ChartPoint& point : series.points) places.insert(point.x);
  }
  HtmlTable table(columns);
  for (const double x : places) {
    std::vector<Html> cells = {escaped_html(x_text(chart, x))};
    for (const ChartSeries& series : chart.series) {
      const auto found = std::ranges::find(series.points, x, &ChartPoint::x);
      cells.push_back(escaped_html(found == series.points.end() ? kUnknownCell : y_text(*found)));
    }
    table.add(cells);
  }
  return table.html();
}

}  // namespace

Html escaped_html(std::string_view text) { return {markup_text(text)}; }

Html code_html(std::string_view text) { return {"<code>" + markup_text(text) + "</code>"}; }

Html badge_html(std::string_view word) {
  const std::string text = markup_text(word);
  return {"<span class=\"badge " + text + "\">" + text + "</span>"};
}

void HtmlTable::add(const std::vector<Html>& cells) {
  MUSTER_ASSERT(cells.size() == columns_.size());
  rows_ += "<tr>";
  for (std::size_t i = 0; i < cells.size(); ++i) {
    rows_.append("<td class=\"").append(class_of(columns_[i].kind)).append("\">").append(cells[i].text).append("</td>");
  }
  rows_ += "</tr>\n";
}

Html HtmlTable::html() const {
  if (empty()) return {};
  std::string head;
  for (const HtmlColumn& column : columns_) {
    head.append("<th scope=\"col\" class=\"").append(class_of(column.kind)).append("\">");
    head.append(markup_text(column.heading)).append("</th>");
  }
  return {"<div class=\"scroll\" tabindex=\"0\"><table>\n<thead><tr>" + head + "</tr></thead>\n<tbody>\n" + rows_ +
          "</tbody>\n</table></div>\n"};
}

Html folded_html(std::string_view summary, const Html& content) {
  return {"<details><summary>" + markup_text(summary) + "</summary>\n" + content.text + "</details>\n"};
}

Html card_html(const Html& content) { return {"<div class=\"card\">\n" + content.text + "</div>\n"}; }

Html ChartSheet::figure(const Chart& chart) {
  const std::string number = std::to_string(data_.size());
  data_.push_back(to_json(chart));
  const std::string axes = chart.y.title + " by " + chart.x.title;
  return {"<figure class=\"card\"><figcaption>" + markup_text(chart.title) + "<small>" + markup_text(axes) +
          "</small></figcaption>\n<div class=\"plot\"><canvas data-chart=\"" + number +
          "\" role=\"img\" aria-label=\"" +
          markup_text(chart.title + ": " + axes + "; the table below holds the same numbers") + "\"></canvas></div>\n" +
          folded_html("The numbers", table_of(chart)).text + "</figure>\n"};
}

Html figure_html(const HeatMap& map) {
  HtmlTable table({{"from"}, {"to"}, {"GB/s", CellKind::number}, {"% of limit", CellKind::number}, {"verdict"}});
  for (const auto& [place, row] : map.cells) {
    table.add({escaped_html(map.sources[place.first]), escaped_html(map.targets[place.second]),
               escaped_html(gigabytes_cell(row->busbw > 0 ? row->busbw : row->algbw)),
               escaped_html(percent_cell(row->fraction_of_limit)), badge_html(verdict_cell(*row))});
  }
  return {"<figure class=\"card\"><figcaption>" + markup_text(map.title) +
          "<small>GB/s; from (down) to (across); paler is slower</small></figcaption>\n<div class=\"scroll\" "
          "tabindex=\"0\">" +
          to_svg(map) + "</div>\n" + folded_html("The numbers", table.html()).text + "</figure>\n"};
}

}  // namespace muster
