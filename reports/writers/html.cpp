// SPDX-License-Identifier: Apache-2.0
// One HTML file that works offline: verdict first, then why, charts with their tables, and how it was measured. Its
// security policy allows its own three inline parts by their hashes and no network, so a hostile name stays text.
#include <algorithm>
#include <array>

#include "core/error.hpp"
#include "reports/table_cells.hpp"
#include "reports/writers/html_sections.hpp"
#include "reports/writers/page.hpp"
#include "reports/writers/text.hpp"

namespace muster {

namespace {

unsigned nibble_of(char digit) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const std::size_t value = kDigits.find(digit);
  MUSTER_ASSERT(value != std::string_view::npos);
  return static_cast<unsigned>(value);
}

// RFC 4648: three bytes, which are six hexadecimal digits, become four letters.
std::string base64_of_hex(std::string_view hex) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (; !hex.empty(); hex.remove_prefix(std::min<std::size_t>(6, hex.size()))) {
    unsigned bits = 0;
    for (std::size_t i = 0; i < 6; ++i) bits = bits << 4 | (i < hex.size() ? nibble_of(hex[i]) : 0);
    const std::size_t letters = hex.size() >= 6 ? 4 : hex.size() / 2 + 1;
    for (std::size_t i = 0; i < 4; ++i) text += i < letters ? kLetters[bits >> (18 - 6 * i) & 63U] : '=';
  }
  return text;
}

std::string source_of(const PagePart& part) { return " 'sha256-" + base64_of_hex(part.sha256) + "'"; }

std::string security_policy() {
  return "default-src 'none'; script-src" + source_of(chart_library()) + source_of(page_script()) + "; style-src" +
         source_of(page_style()) + "; base-uri 'none'; form-action 'none'";
}

std::string script_of(const PagePart& part) { return "<script>" + std::string(part.text) + "</script>\n"; }

std::string facts(const Report& report) {
  std::string items;
  for (const std::string_view state : {"pass", "fail", "ambiguous", "no_data", "unsupported"}) {
    const auto count = std::ranges::count_if(report.rows, [&](const Row& row) { return verdict_cell(row) == state; });
    if (count == 0) continue;
    const std::string word(state);
    items += "<li class=\"" + word + "\"><b>" + std::to_string(count) + "</b>" + word + "</li>";
  }
  const auto add = [&](const std::string& value, const char* what) {
    items += "<li><b>" + markup_text(value) + "</b>" + what + "</li>";
  };
  add(std::to_string(report.plan.ranks), "ranks");
  add(report.plan.suite, "suite");
  const std::size_t hosts = report.machine.hosts.size();
  if (hosts > 0) add(std::to_string(hosts), hosts == 1 ? "host" : "hosts");
  if (!report.run.headers.empty() && !report.run.headers.front().started.empty()) {
    add(report.run.headers.front().started, "started");
  }
  return "<ul class=\"facts\">" + items + "</ul>\n";
}

std::string header(const Report& report) {
  const std::string word(name_of(report.verdict));
  return "<header>\n<h1>Muster report</h1>\n<div class=\"verdict " + word + "\"><strong>" + word + "</strong><p>" +
         markup_text(report.reason) + "</p></div>\n" + facts(report) + "</header>\n";
}

std::string head(const Report& report) {
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"" +
         security_policy() +
         "\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Muster: " +
         std::string(name_of(report.verdict)) + ", " + markup_text(report.plan.suite) + "</title>\n<style>" +
         std::string(page_style().text) + "</style>\n</head>\n";
}

struct Body {
  std::string navigation, sections;
};

Body body_of(PageContent& content) {
  Body body;
  for (const HtmlSection& section : html_sections()) {
    const Html html = section.write(content);
    if (html.empty()) continue;
    const std::string id(section.id);
    const std::string heading(section.heading);
    body.navigation += "<li><a href=\"#" + id + "\">" + heading + "</a></li>";
    body.sections += "<section id=\"" + id + "\" aria-labelledby=\"" + id + "-heading\">\n<h2 id=\"" + id +
                     "-heading\">" + heading + "</h2>\n" + html.text + "</section>\n";
  }
  return body;
}

}  // namespace

std::string write_html(const Report& report, const WriteOptions& options) {
  ChartSheet charts;
  PageContent content{report, options, charts};
  const Body body = body_of(content);
  const bool has_library = !chart_library().text.empty();
  return head(report) + "<body" + (has_library ? "" : " class=\"no-charts\"") + ">\n" + header(report) +
         "<nav aria-label=\"Sections\"><ul>" + body.navigation + "</ul></nav>\n<main>\n" +
         (has_library ? ""
                      : "<p class=\"soft\">This Muster was built without Chart.js: tables stand for charts.</p>\n") +
         body.sections +
         "</main>\n<footer>Medians with their intervals; bandwidths in GB/s (1e9 bytes/s), sizes in powers of 1024. "
         "The file loads nothing and sends nothing.</footer>\n<script type=\"application/json\" id=\"chart-data\">" +
         json_for_script(charts.data()) + "</script>\n" + (has_library ? script_of(chart_library()) : "") +
         script_of(page_script()) + "</body>\n</html>\n";
}

}  // namespace muster
