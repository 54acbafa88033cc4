// SPDX-License-Identifier: Apache-2.0
#include "reports/writers/html_sections.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "reports/rows.hpp"
#include "reports/table_cells.hpp"

namespace muster {

namespace {

Html text(std::string_view words) { return escaped_html(words); }

Html list_of(const std::vector<std::string>& lines) {
  Html html{"<ul>\n"};
  for (const std::string& line : lines) html += {"<li>" + text(line).text + "</li>\n"};
  return html += {"</ul>\n"};
}

// The cases of one reason: the first few, the others folded.
Html case_list(const RowList& rows) {
  constexpr std::size_t kMostShown = 2;
  Html shown, folded;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    (i < kMostShown ? shown : folded) += {code_html(rows[i]->item.id).text + "<br>"};
  }
  if (!folded.empty()) shown += folded_html("and " + std::to_string(rows.size() - kMostShown) + " more", folded);
  return shown;
}

Html failures(PageContent& content) {
  HtmlTable table({{"case", CellKind::id},
                   {"verdict"},
                   {"why"},
                   {"time (us)", CellKind::number},
                   {"% of limit", CellKind::number}});
  for (const RowList& rows : not_passed(content.report)) {
    const Row& first = *rows.front();
    const bool is_one = rows.size() == 1;
    table.add({case_list(rows), badge_html(verdict_cell(first)), text(first.reason),
               text(is_one ? time_cell(first) : ""), text(is_one ? percent_cell(first.fraction_of_limit) : "")});
  }
  return table.empty() ? Html{} : card_html(table.html());
}

Html rules(PageContent& content) {
  HtmlTable table({{"rule"}, {"demand"}, {"verdict"}, {"why"}});
  for (const RuleResult& rule : content.report.rules) {
    table.add({text(rule.rule), text(rule.requirement), badge_html(name_of(rule.verdict)), text(rule.reason)});
  }
  return table.empty() ? Html{} : card_html(table.html());
}

Html findings(PageContent& content) {
  Html html;
  HtmlTable table({{"severity"}, {"where"}, {"what"}});
  for (const Finding& finding : content.report.health.findings) {
    table.add({badge_html(name_of(finding.severity)), code_html(finding.place), text(finding.meaning)});
  }
  for (const CaseDegradation& degraded : content.report.health.degraded_cases) {
    table.add({badge_html(name_of(degraded.severity)), code_html(degraded.case_id), text(degraded.reason)});
  }
  html += table.html();
  if (!content.report.findings.empty()) html += list_of(content.report.findings);
  return html.empty() ? html : card_html(html);
}

std::string known(const std::optional<double>& value, double unit, std::string_view name) {
  return value ? without_zeros(significant(*value / unit)) + " " + std::string(name) : kUnknownCell;
}

Html gpus(PageContent& content) {
  HtmlTable table({{"GPU"}, {"model"}, {"clock"}, {"power"}, {"temperature"}, {"driver"}});
  for (const GpuHealth& gpu : content.report.health.gpus) {
    table.add({code_html(place_of(gpu)), text(gpu.model), text(known(gpu.clocks.multiprocessor_hertz, 1e6, "MHz")),
               text(known(gpu.power_watts, 1, "W")), text(known(gpu.temperature_celsius, 1, "°C")),
               text(gpu.driver.value_or(kUnknownCell))});
  }
  return table.empty() ? Html{} : card_html(table.html());
}

Html figures(const std::vector<Chart>& charts, ChartSheet& sheet) {
  if (charts.empty()) return {};
  Html html{"<div class=\"grid\">\n"};
  for (const Chart& chart : charts) html += sheet.figure(chart);
  return html += {"</div>\n"};
}

Html collectives(PageContent& content) { return figures(collective_charts(content.report), content.charts); }
Html matmuls(PageContent& content) { return figures(matmul_charts(content.report), content.charts); }
Html ranks(PageContent& content) { return figures(rank_charts(content.report), content.charts); }
Html history(PageContent& content) { return figures(history_charts(content.options.history), content.charts); }

std::string interval_of(const Row& row) {
  if (!row.time) return kUnknownCell;
  return time_cell(row) + " (" + significant(row.time->low * 1e6) + " to " + significant(row.time->high * 1e6) + ")";
}

Html overlaps(PageContent& content) {
  HtmlTable table({{"collective beside products", CellKind::id},
                   {"time (us), interval", CellKind::number},
                   {"% hidden", CellKind::number},
                   {"GB/s", CellKind::number},
                   {"TFLOPS", CellKind::number},
                   {"verdict"}});
  for (const Row& row : content.report.rows) {
    if (row.item.family != Family::overlap) continue;
    table.add({code_html(row.item.id), text(interval_of(row)), text(percent_cell(row.hidden_share)),
               text(gigabytes_cell(row.busbw)), text(teraflops_cell(row.flops_per_second)),
               badge_html(verdict_cell(row))});
  }
  if (table.empty()) return {};
  Html html{"<p class=\"soft\">Hidden: of the shorter of the two, each measured alone, what took no time.</p>\n"};
  return card_html(html += table.html());
}

Html pairs(PageContent& content) {
  Html html;
  for (const HeatMap& map : heat_maps_of(content.report)) html += figure_html(map);
  return html;
}

// Made by topology/picture, which escapes every name itself.
Html topology(PageContent& content) {
  if (content.options.picture.empty()) return {};
  return {"<div class=\"card picture\">\n" + content.options.picture + "</div>\n"};
}

std::string rate_of(const Row& row) {
  if (row.value) return value_cell(row) + " " + row.item.unit;
  if (row.flops_per_second > 0) return teraflops_cell(row.flops_per_second) + " TFLOPS";
  return row.algbw > 0 ? gigabytes_cell(row.busbw > 0 ? row.busbw : row.algbw) + " GB/s" : kUnknownCell;
}

Html all_cases(PageContent& content) {
  HtmlTable table({{"case", CellKind::id},
                   {"time (us), interval", CellKind::number},
                   {"rate", CellKind::number},
                   {"% of limit", CellKind::number},
                   {"% of prediction", CellKind::number},
                   {"wrong", CellKind::number},
                   {"verdict"}});
  for (const Row& row : content.report.rows) {
    table.add({code_html(row.item.id), text(interval_of(row)), text(rate_of(row)),
               text(percent_cell(row.fraction_of_limit)), text(percent_cell(row.fraction_of_prediction)),
               text(wrong_cell(row)), badge_html(verdict_cell(row))});
  }
  if (table.empty()) return {};
  Html html{
      "<input class=\"filter\" type=\"search\" hidden placeholder=\"Filter: all_reduce ring fail\" "
      "aria-label=\"Show the cases that contain all of these words\">\n"};
  return card_html(html += table.html());
}

class Definitions {
 public:
  void add(std::string_view term, const std::string& meaning) { add(term, text(meaning)); }
  void add(std::string_view term, const Html& meaning) {
    html_ += {"<dt>" + text(term).text + "</dt><dd>" + meaning.text + "</dd>\n"};
  }
  Html html() const { return {"<dl>\n" + html_.text + "</dl>\n"}; }

 private:
  Html html_;
};

void add_run(const RunHeader& header, Definitions& list) {
  list.add("started", header.started);
  const std::set<std::string> hosts(header.hosts.begin(), header.hosts.end());
  std::string names;
  for (const std::string& host : hosts) names += (names.empty() ? "" : ", ") + host;
  list.add("hosts", names);
  for (const auto& [name, version] : header.versions) list.add(name, version);
  Html environment;
  for (const auto& [name, value] : header.environment) environment += {code_html(name + "=" + value).text + "<br>"};
  if (!environment.empty()) list.add("environment", environment);
}

Html method(PageContent& content) {
  constexpr double kGibibyte = 1 << 30;
  const Plan& plan = content.report.plan;
  Definitions list;
  list.add("suite", plan.suite);
  list.add("ranks", std::to_string(plan.ranks) + " by " + plan.launcher);
  list.add("plan", code_html(plan_hash(plan)));
  list.add("to repeat it", code_html("muster run --plan plan.json --out run.jsonl && muster judge"));
  if (!content.report.run.headers.empty()) add_run(content.report.run.headers.front(), list);
  if (content.report.run.headers.size() > 1) {
    list.add("launches", std::to_string(content.report.run.headers.size()) + "; the first is described here");
  }
  for (const Host& host : content.report.machine.hosts) {
    list.add("host " + host.name, host.cpu_model + ", " + std::to_string(host.physical_cores) + " cores, " +
                                      significant(static_cast<double>(host.memory.value) / kGibibyte) + " GiB");
  }
  return card_html(list.html());
}

constexpr std::array<HtmlSection, 13> kSections = {{{"not-passed", "What did not pass", failures},
                                                    {"findings", "Findings", findings},
                                                    {"collectives", "Collectives", collectives},
                                                    {"matmul", "Matrix products", matmuls},
                                                    {"overlap", "Overlap", overlaps},
                                                    {"pairs", "Pairs", pairs},
                                                    {"ranks", "Spread over ranks", ranks},
                                                    {"history", "History", history},
                                                    {"rules", "Rules", rules},
                                                    {"gpus", "GPUs", gpus},
                                                    {"topology", "Topology", topology},
                                                    {"all-cases", "All cases", all_cases},
                                                    {"method", "How it was measured", method}}};

}  // namespace

std::span<const HtmlSection> html_sections() { return kSections; }

}  // namespace muster
