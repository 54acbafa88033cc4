// SPDX-License-Identifier: Apache-2.0
// One page, no script and no network: bars with intervals as inline SVG, all numbers as tables beside them.
#include <algorithm>
#include <cmath>
#include <sstream>

#include "reports/comparison/comparison_cells.hpp"
#include "reports/comparison/comparison_text.hpp"
#include "reports/text_table.hpp"

namespace muster {

namespace {

constexpr const char* kStyle = R"(
:root{color-scheme:light dark;--ink:#1b1f24;--dim:#667080;--paper:#fff;--line:#d8dde3;--slower:#b3261e;--faster:#1b7f4b;
--ambiguous:#9a6700;--same:#4a6fa5}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ed;--dim:#9aa4b1;--paper:#14171b;--line:#333a43;--slower:#ff8a80;
--faster:#6fd6a0;--ambiguous:#e3b341;--same:#8fb3e8}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:70rem;margin:2rem auto;
padding:0 1rem}
h1{font-size:1.6rem;margin:0}h2{margin-top:2.5rem}p.dim,li{color:var(--dim)}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .6rem;border-bottom:1px solid var(--line);text-align:right;vertical-align:top}
th:first-child,td:first-child{text-align:left;overflow-wrap:anywhere}td.text{text-align:left}
.slower{color:var(--slower)}.faster{color:var(--faster)}.ambiguous{color:var(--ambiguous)}.same{color:var(--same)}
.no_data{color:var(--dim)}figure{margin:1rem 0;overflow-x:auto}svg text{fill:var(--ink);font-size:13px}
)";

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

// Horizontal axis of gains, logarithmic so that half and double are equally far from 1.
class GainAxis {
 public:
  explicit GainAxis(const std::vector<FamilyMean>& families) {
    for (const FamilyMean& mean : families) {
      reach_ = std::max({reach_, std::abs(std::log(mean.low)), std::abs(std::log(mean.high))});
    }
    reach_ *= 1.05;
  }
  double at(double gain) const { return kLeft + kWidth / 2 * (1 + std::log(gain) / reach_); }
  double reach() const { return std::exp(reach_); }

  static constexpr double kLeft = 220;
  static constexpr double kWidth = 560;

 private:
  double reach_ = std::log(1.05);  // 5 % at least, so that noise does not fill the page
};

std::string_view class_of(const FamilyMean& mean) {
  if (mean.high < 1) return "slower";
  return mean.low > 1 ? "faster" : "same";
}

void draw_families(std::ostream& out, const ComparedPair& pair) {
  constexpr double kRow = 30;
  const GainAxis axis(pair.families);
  const double height = kRow * static_cast<double>(pair.families.size()) + 40;
  out << "<figure><svg role=\"img\" aria-label=\"Gain of each family with its interval\" viewBox=\"0 0 860 " << height
      << "\" width=\"860\" height=\"" << height << "\">\n";
  for (const double gain : {1 / axis.reach(), 1.0, axis.reach()}) {
    out << "<line x1=\"" << axis.at(gain) << "\" x2=\"" << axis.at(gain) << "\" y1=\"24\" y2=\"" << height
        << "\" stroke=\"var(--line)\"/><text x=\"" << axis.at(gain) << "\" y=\"16\" text-anchor=\"middle\">"
        << gain_cell(gain) << "</text>\n";
  }
  double y = 40;
  for (const FamilyMean& mean : pair.families) {
    out << "<g stroke=\"var(--" << class_of(mean) << ")\" stroke-width=\"3\"><line x1=\"" << axis.at(mean.low)
        << "\" x2=\"" << axis.at(mean.high) << "\" y1=\"" << y << "\" y2=\"" << y << "\"/><circle cx=\""
        << axis.at(mean.gain) << "\" cy=\"" << y << "\" r=\"4\" fill=\"var(--" << class_of(mean)
        << ")\"/></g><text x=\"0\" y=\"" << y + 4 << "\">" << escaped(mean.family) << "</text><text x=\"850\" y=\""
        << y + 4 << "\" text-anchor=\"end\">" << gain_cell(mean.gain) << "</text>\n";
    y += kRow;
  }
  out << "</svg></figure>\n";
}

void write_families(std::ostream& out, const ComparedPair& pair) {
  out << "<table><thead><tr><th>family</th><th>cases</th><th>gain</th><th>95 % interval</th>";
  if (has_price(pair)) out << "<th>per price</th>";
  if (has_joule(pair)) out << "<th>per joule</th>";
  out << "</tr></thead><tbody>\n";
  for (const FamilyMean& mean : pair.families) {
    out << "<tr><td>" << escaped(mean.family) << "</td><td>" << mean.cases << "</td><td class=\"" << class_of(mean)
        << "\">" << gain_cell(mean.gain) << "</td><td>" << interval_cell(mean.low, mean.high) << "</td>";
    if (has_price(pair)) out << "<td>" << gain_cell(mean.gain_per_price) << "</td>";
    if (has_joule(pair)) out << "<td>" << gain_cell(mean.gain_per_joule) << "</td>";
    out << "</tr>\n";
  }
  out << "</tbody></table>\n";
}

void write_cases(std::ostream& out, const ComparedPair& pair) {
  out << "<details><summary>all " << pair.cases.size() << " cases</summary><table><thead><tr><th>case</th>"
      << "<th>outcome</th><th>gain</th><th>95 % interval</th><th>reason</th></tr></thead><tbody>\n";
  for (const ComparedCase& each : pair.cases) {
    const std::string_view outcome = name_of(each.difference.outcome);
    out << "<tr><td>" << escaped(each.id);
    if (!each.other.empty()) out << " against " << escaped(each.other);
    out << "</td><td class=\"" << outcome << "\">" << outcome << "</td><td>" << gain_cell(each) << "</td><td>"
        << interval_cell(each) << "</td><td class=\"text\">" << escaped(each.difference.reason) << "</td></tr>\n";
  }
  out << "</tbody></table></details>\n";
  if (pair.refusals.empty()) return;
  out << "<details><summary>" << pair.refusals.size() << " not compared</summary><ul>\n";
  for (const std::string& refusal : pair.refusals) out << "<li>" << escaped(refusal) << "</li>\n";
  out << "</ul></details>\n";
}

}  // namespace

std::string comparison_html(const Comparison& comparison) {
  std::ostringstream out;
  const auto [verdict, reason] = judgement_of(comparison);
  out << "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      << "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
      << "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>Muster: comparison</title>"
      << "<style>" << kStyle << "</style></head><body>\n<h1>" << name_of(verdict) << ": " << escaped(reason)
      << "</h1>\n<ul>\n";
  for (const std::string& source : comparison.sources) out << "<li>" << escaped(source) << "</li>\n";
  out << "</ul>\n";
  for (const ComparedPair& pair : comparison.pairs) {
    out << "<h2>" << escaped(pair.label) << " against " << escaped(comparison.baseline) << "</h2>\n<p class=\"dim\">"
        << counts_text(pair) << ". Gain: 2 = twice as good; families are geometric means with 95 % intervals.</p>\n";
    draw_families(out, pair);
    write_families(out, pair);
    write_cases(out, pair);
  }
  out << "</body></html>\n";
  return out.str();
}

}  // namespace muster
