// SPDX-License-Identifier: Apache-2.0
// The report for people: one table per family, collectives one per comparable group, then what did not pass, what a
// reader must know, and the verdict.
#include "reports/table.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <ostream>

#include "reports/gpu_tables.hpp"
#include "reports/health_table.hpp"
#include "reports/rows.hpp"
#include "reports/table_cells.hpp"
#include "reports/text_table.hpp"

namespace muster {

namespace {

void print_ceilings(std::ostream& out, const RowList& rows, const TextStyle& style) {
  TextTable table({{"ceiling", Align::left}, {"size"}, {"time(us)"}, {"GB/s"}, {"TFLOPS"}, {"verdict", Align::left}});
  for (const Row* row : rows) {
    const Case& item = row->item;
    const bool is_memory = item.family == Family::memory;
    const std::string_view what = is_memory ? name_of(item.access) : name_of(item.type);
    table.add({std::string(name_of(item.family)) + " " + std::string(what),
               is_memory ? format_size(item.size) : kUnknownCell, time_cell(*row), gigabytes_cell(row->algbw),
               teraflops_cell(row->flops_per_second), verdict_cell(*row)});
  }
  out << "\nceilings (per rank, all ranks at once)\n";
  table.print(out, style);
}

void print_matmuls(std::ostream& out, const RowList& rows, const TextStyle& style) {
  TextTable table({{"m"},
                   {"n"},
                   {"k"},
                   {"type", Align::left},
                   {"time(us)"},
                   {"TFLOPS"},
                   {"%limit"},
                   {"%pred"},
                   {"#wrong"},
                   {"verdict", Align::left}});
  for (const Row* row : rows) {
    const Case& item = row->item;
    table.add({std::to_string(item.m), std::to_string(item.n), std::to_string(item.k), type_cell(item), time_cell(*row),
               teraflops_cell(row->flops_per_second), percent_cell(row->fraction_of_limit),
               percent_cell(row->fraction_of_prediction), wrong_cell(*row), verdict_cell(*row)});
  }
  out << "\nmatmul (per rank, all ranks at once)\n";
  table.print(out, style);
}

void print_reduces(std::ostream& out, const RowList& rows, const TextStyle& style) {
  TextTable table({{"size"},
                   {"type", Align::left},
                   {"time(us)"},
                   {"GB/s"},
                   {"%limit"},
                   {"%pred"},
                   {"#wrong"},
                   {"verdict", Align::left}});
  for (const Row* row : rows) {
    table.add({format_size(row->item.size), type_cell(row->item), time_cell(*row), gigabytes_cell(row->algbw),
               percent_cell(row->fraction_of_limit), percent_cell(row->fraction_of_prediction), wrong_cell(*row),
               verdict_cell(*row)});
  }
  out << '\n'
      << wrapped("reduce: sum of two vectors (per rank, all ranks at once; GB/s read and written)", 0, style) << '\n';
  table.print(out, style);
}

// The fastest of each size, where there is more than one to choose from.
std::vector<const Row*> fastest_of_sizes(const RowList& rows) {
  std::map<Bytes, RowList> timed;
  for (const Row* row : rows) {
    if (row->time) timed[row->item.size].push_back(row);
  }
  std::vector<const Row*> fastest;
  for (const auto& [size, same_size] : timed) {
    if (same_size.size() < 2) continue;
    fastest.push_back(*std::ranges::min_element(same_size, {}, [](const Row* row) { return row->time->median; }));
  }
  return fastest;
}

void print_collectives(std::ostream& out, const std::string& title, const RowList& rows, const Report& report,
                       const TextStyle& style) {
  TextTable table({{""},
                   {"size"},
                   {"count", Align::right, Need::room},
                   {"algorithm", Align::left},
                   {"transport", Align::left},
                   {"time(us)"},
                   {"algbw", Align::right, Need::room},
                   {"busbw"},
                   {"%limit"},
                   {"%pred"},
                   {"#wrong"},
                   {"verdict", Align::left}});
  const std::vector<const Row*> fastest = fastest_of_sizes(rows);
  for (const Row* row : rows) {
    const Case& item = row->item;
    const bool is_fastest = std::ranges::find(fastest, row) != fastest.end();
    const Bytes bytes = row->time ? row->record->bytes : item.size;
    std::string algorithm(name_of(item.algorithm));
    if (item.channels != 1) algorithm += " x" + std::to_string(item.channels);
    table.add({is_fastest ? "*" : "", format_size(item.size),
               std::to_string(element_count(item, bytes, ranks_of(item, report.plan))), algorithm,
               std::string(name_of(item.transport)), time_cell(*row), gigabytes_cell(row->algbw),
               gigabytes_cell(row->busbw), percent_cell(row->fraction_of_limit),
               percent_cell(row->fraction_of_prediction), wrong_cell(*row), verdict_cell(*row)});
  }
  out << '\n' << wrapped(printable(title) + " (GB/s; * fastest of its size)", 0, style) << '\n';
  table.print(out, style);
}

void print_overlaps(std::ostream& out, const RowList& rows, const TextStyle& style) {
  TextTable table({{"collective", Align::left},
                   {"size"},
                   {"way", Align::left, Need::room},
                   {"ranks", Align::left, Need::room},
                   {"products", Align::left},
                   {"type", Align::left, Need::room},
                   {"time(us)"},
                   {"busbw", Align::right, Need::room},
                   {"TFLOPS", Align::right, Need::room},
                   {"%hidden"},
                   {"#wrong"},
                   {"verdict", Align::left}});
  for (const Row* row : rows) {
    const Case& item = row->item;
    std::string ranks = item.ranks > 0 ? std::to_string(item.ranks) : "all";
    if (item.stride > 1) ranks += " by " + std::to_string(item.stride);
    table.add({std::string(name_of(item.collective)), format_size(item.size), way_of(item), ranks,
               std::to_string(item.products) + " of " + shape_of(item), std::string(name_of(item.product_type)),
               time_cell(*row), gigabytes_cell(row->busbw), teraflops_cell(row->flops_per_second),
               percent_cell(row->hidden_share), wrong_cell(*row), verdict_cell(*row)});
  }
  out << '\n'
      << wrapped("overlap: collectives beside products (%hidden: of the shorter of the two alone, what took no time)",
                 0, style)
      << '\n';
  table.print(out, style);
}

void print_metrics(std::ostream& out, const RowList& rows, const TextStyle& style) {
  TextTable table({{"metric", Align::left},
                   {"median"},
                   {"unit", Align::left},
                   {"samples", Align::right, Need::room},
                   {"verdict", Align::left}});
  for (const Row* row : rows) {
    table.add({row->item.name, value_cell(*row), row->item.unit,
               row->value ? std::to_string(row->value->count) : kUnknownCell, verdict_cell(*row)});
  }
  out << "\nmetrics of other tools\n";
  table.print(out, style);
}

void print_head(std::ostream& out, const Report& report, const TextStyle& style) {
  constexpr std::size_t kMostHosts = 8;
  constexpr double kGibibyte = 1 << 30;
  const Plan& plan = report.plan;
  const std::string run = "suite " + plan.suite + ", " + std::to_string(plan.ranks) + " ranks (" + plan.launcher + ")";
  out << wrapped(printable(run) + ", plan " + plan_hash(plan), 2, style) << '\n';
  const std::vector<Host>& hosts = report.machine.hosts;
  for (std::size_t i = 0; i < std::min(hosts.size(), kMostHosts); ++i) {
    const std::string host = "host " + hosts[i].name + ": " + hosts[i].cpu_model + ", " +
                             std::to_string(hosts[i].physical_cores) + " cores, " +
                             significant(static_cast<double>(hosts[i].memory.value) / kGibibyte) + " GiB";
    out << wrapped(printable(host), 2, style) << '\n';
  }
  if (hosts.size() > kMostHosts) out << "and " << hosts.size() - kMostHosts << " more hosts\n";
}

void print_lines(std::ostream& out, std::string_view title, const std::vector<std::string>& lines,
                 const TextStyle& style) {
  if (lines.empty()) return;
  out << '\n' << title << '\n';
  for (const std::string& line : lines) out << wrapped("  " + printable(line), 4, style) << '\n';
}

// A verdict and what it is about.
struct JudgedLine {
  Verdict verdict;
  std::string text;
};

void print_judged(std::ostream& out, std::string_view title, const std::vector<JudgedLine>& lines,
                  const TextStyle& style) {
  constexpr std::size_t kWidestVerdict = 9;  // "ambiguous"
  constexpr std::size_t kIndent = 2 + kWidestVerdict + 2;
  if (lines.empty()) return;
  out << '\n' << title << '\n';
  for (const JudgedLine& line : lines) {
    const std::string word(name_of(line.verdict));
    const std::string blanks(kWidestVerdict - word.size() + 2, ' ');
    const std::string text = wrapped(std::string(kIndent, ' ') + printable(line.text), kIndent, style);
    out << "  " << coloured(word, word, style) << blanks << text.substr(kIndent) << '\n';
  }
}

std::vector<JudgedLine> rule_lines(const Report& report) {
  std::vector<JudgedLine> lines;
  for (const RuleResult& result : report.rules) {
    lines.push_back({result.verdict, result.rule + " (" + result.requirement + "): " + result.reason});
  }
  return lines;
}

// With their ids, which the tables spell in columns; missing rows have a list of their own.
std::vector<JudgedLine> not_passed_lines(const Report& report) {
  std::vector<JudgedLine> lines;
  for (const RowList& rows : not_passed(report)) {
    if (!rows.front()->record) continue;
    std::string what = rows.front()->item.id;
    if (rows.size() > 1) what += " and " + std::to_string(rows.size() - 1) + " more";
    lines.push_back({rows.front()->verdict, what + ": " + rows.front()->reason});
  }
  return lines;
}

// In the order of the report.
struct KernelTable {
  Processor processor;
  Family family;
  void (*print)(std::ostream& out, const RowList& rows, const TextStyle& style);
};
constexpr std::array<KernelTable, 9> kKernelTables = {{
    {Processor::host, Family::memory, print_ceilings},
    {Processor::host, Family::matmul, print_matmuls},
    {Processor::host, Family::reduce, print_reduces},
    {Processor::gpu, Family::matmul, print_gpu_matmuls},
    {Processor::gpu, Family::memory, print_gpu_memory},
    {Processor::gpu, Family::link, print_links},
    {Processor::host, Family::overlap, print_overlaps},
    {Processor::gpu, Family::overlap, print_overlaps},
    {Processor::host, Family::metric, print_metrics},
}};

// Ceilings share a table, and so does what streams over the memory of a GPU.
std::pair<Processor, Family> table_of(const Case& item) {
  const Processor processor = is_on_gpu(item) ? Processor::gpu : Processor::host;
  const bool is_ceiling = item.family == Family::peak;
  const bool is_stream = item.family == Family::reduce && processor == Processor::gpu;
  return {processor, is_ceiling || is_stream ? Family::memory : item.family};
}

void print_rows(std::ostream& out, const Report& report, const TextStyle& style) {
  std::map<std::pair<Processor, Family>, RowList> kernels;
  std::vector<std::pair<std::string, RowList>> collectives;  // in the order of the plan
  for (const Row& row : report.rows) {
    if (row.item.family != Family::collective) {
      kernels[table_of(row.item)].push_back(&row);
      continue;
    }
    const std::string title = comparable_group(row.item);
    auto group = std::ranges::find(collectives, title, &std::pair<std::string, RowList>::first);
    if (group == collectives.end()) group = collectives.insert(group, {title, {}});
    group->second.push_back(&row);
  }
  for (const KernelTable& table : kKernelTables) {
    const auto rows = kernels.find({table.processor, table.family});
    if (rows != kernels.end()) table.print(out, rows->second, style);
  }
  for (const auto& [title, rows] : collectives) print_collectives(out, title, rows, report, style);
}

}  // namespace

void print_table(std::ostream& out, const Report& report) { print_table(out, report, {}); }

void print_table(std::ostream& out, const Report& report, const TextStyle& style) {
  print_head(out, report, style);
  print_rows(out, report, style);
  print_health(out, report.health, style);
  print_judged(out, "rules", rule_lines(report), style);
  print_judged(out, "not passed", not_passed_lines(report), style);
  print_lines(out, "findings", report.findings, style);
  print_lines(out, "missing", report.missing, style);
  out << '\n' << verdict_line(name_of(report.verdict), report.reason, style) << '\n';
}

}  // namespace muster
