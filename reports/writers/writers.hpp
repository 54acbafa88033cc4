// SPDX-License-Identifier: Apache-2.0
// A judged report in the forms that people and their tools read: one file per format, one table of them all.
// Called by cli/ with what `muster judge` and `muster import` made; pure, so that the same report gives the same bytes.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reports/report.hpp"
#include "reports/text_table.hpp"

namespace muster {

/// What one case reached in one earlier report.
struct HistoryPoint {
  std::string when;   ///< ISO 8601, UTC
  std::string label;  ///< what tells the reports apart: a tag, a commit, a driver; may be empty
  double value = 0;
};

/// A case over many reports, oldest first.
struct HistorySeries {
  std::string case_id;
  std::string unit;  ///< of the values: "us", "GB/s"
  std::vector<HistoryPoint> points;
};

struct WriteOptions {
  TextStyle style{};                     ///< table
  std::string picture{};                 ///< html: the machine as SVG (topology/picture); empty = none
  std::vector<HistorySeries> history{};  ///< html
};

struct Writer {
  std::string_view name;
  std::string_view ending;  ///< of a file name, with the dot; no two writers share one
  std::string (*write)(const Report& report, const WriteOptions& options);
};

/// table, markdown, junit, prometheus, csv, html, json.
std::span<const Writer> report_writers();

/// By name. Throws Error listing the names.
const Writer& writer_named(std::string_view name);
/// By the ending of a file name. Throws Error listing the endings.
const Writer& writer_for_file(std::string_view path);

// The formats apart; docs/reports.md says what stands in each.
std::string write_text(const Report& report, const WriteOptions& options);
std::string write_markdown(const Report& report, const WriteOptions& options);
std::string write_junit(const Report& report, const WriteOptions& options);
std::string write_prometheus(const Report& report, const WriteOptions& options);
std::string write_csv(const Report& report, const WriteOptions& options);
std::string write_html(const Report& report, const WriteOptions& options);
std::string write_json(const Report& report, const WriteOptions& options);

}  // namespace muster
