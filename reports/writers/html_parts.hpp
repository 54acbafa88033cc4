// SPDX-License-Identifier: Apache-2.0
// Building blocks of the HTML report: tables, badges, figures. Whatever goes in as `std::string_view text` is escaped
// here; what is HTML already has a type of its own, so that nothing gets in unescaped by mistake.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reports/writers/chart.hpp"
#include "reports/writers/heat_map.hpp"

namespace muster {

/// A piece of a page, balanced and escaped.
struct Html {
  std::string text;
  Html& operator+=(const Html& more) {
    text += more.text;
    return *this;
  }
  bool empty() const { return text.empty(); }
};

Html escaped_html(std::string_view text);
Html code_html(std::string_view text);
/// A verdict or severity with its colour; the word itself says it, too.
Html badge_html(std::string_view word);

enum class CellKind { text, number, id };

struct HtmlColumn {
  std::string_view heading;
  CellKind kind = CellKind::text;
};

class HtmlTable {
 public:
  explicit HtmlTable(std::vector<HtmlColumn> columns) : columns_(std::move(columns)) {}
  /// One cell per column.
  void add(const std::vector<Html>& cells);
  bool empty() const { return rows_.empty(); }
  /// In a frame that scrolls sideways where the screen is narrow; nothing when there are no rows.
  Html html() const;

 private:
  std::vector<HtmlColumn> columns_;
  std::string rows_;
};

/// <details>, closed.
Html folded_html(std::string_view summary, const Html& content);
Html card_html(const Html& content);

/// The charts of a page: figures refer to them by number, and the script draws them from one list.
class ChartSheet {
 public:
  /// Title, canvas, and the same numbers as a table.
  Html figure(const Chart& chart);
  const Json& data() const { return data_; }

 private:
  Json data_ = Json::array();
};

Html figure_html(const HeatMap& map);

}  // namespace muster
