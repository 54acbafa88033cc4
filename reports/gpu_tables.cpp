// SPDX-License-Identifier: Apache-2.0
#include "reports/gpu_tables.hpp"

#include <algorithm>
#include <map>
#include <ostream>
#include <set>

#include "reports/text_table.hpp"

namespace muster {
namespace {

// What a reader must know of a product beyond its shape.
std::string how_cell(const Case& item) {
  std::string how = std::string(name_of(item.layout)) + " " + std::string(name_of(item.cache));
  if (item.epilogue != Epilogue::none) how.append(" ").append(name_of(item.epilogue));
  if (item.sustain.value > 0) how.append(" for ").append(format_duration(item.sustain));
  return how;
}

bool joins_gpus_only(const Case& item) {
  return item.source.processor == Processor::gpu && item.target.processor == Processor::gpu;
}

std::string link_cell(const Row& row) {
  if (!row.time) return kUnknownCell;
  const std::string rate = gigabytes_cell(row.algbw);
  return row.fraction_of_limit ? rate + " (" + percent(*row.fraction_of_limit) + ")" : rate;
}

void print_matrix(std::ostream& out, const RowList& rows, const TextStyle& style) {
  std::set<int> sources, targets;
  std::map<std::pair<int, int>, const Row*> cells;
  for (const Row* row : rows) {
    sources.insert(row->item.source.index);
    targets.insert(row->item.target.index);
    cells[{row->item.source.index, row->item.target.index}] = row;
  }
  std::vector<Column> columns = {{"GPU"}};
  for (const int target : targets) columns.push_back({std::to_string(target)});
  TextTable table(columns);
  for (const int source : sources) {
    std::vector<std::string> line = {std::to_string(source)};
    for (const int target : targets) {
      const auto found = cells.find({source, target});
      line.push_back(found == cells.end() ? "" : link_cell(*found->second));
    }
    table.add(std::move(line));
  }
  const Case& item = rows.front()->item;
  const std::string title = "GPU (down) to GPU (across), " + std::string(name_of(item.method)) + ", " +
                            format_size(item.size) + " (GB/s, % of limit; one link at a time)";
  out << '\n' << wrapped(title, 0, style) << '\n';
  table.print(out, style);
}

void print_host_links(std::ostream& out, const RowList& rows, const TextStyle& style) {
  TextTable table({{"from", Align::left},
                   {"to", Align::left},
                   {"size"},
                   {"method", Align::left},
                   {"time(us)"},
                   {"GB/s"},
                   {"%limit"},
                   {"#wrong"},
                   {"verdict", Align::left}});
  for (const Row* row : rows) {
    const Case& item = row->item;
    table.add({name_of(item.source), name_of(item.target), format_size(item.size), std::string(name_of(item.method)),
               time_cell(*row), gigabytes_cell(row->algbw), percent_cell(row->fraction_of_limit), wrong_cell(*row),
               verdict_cell(*row)});
  }
  out << "\nhost memory (by NUMA node) and GPUs (one link at a time)\n";
  table.print(out, style);
}

}  // namespace

void print_gpu_matmuls(std::ostream& out, const RowList& rows, const TextStyle& style) {
  TextTable table({{"m"},
                   {"n"},
                   {"k"},
                   {"type", Align::left},
                   {"body", Align::left},
                   {"how", Align::left},
                   {"time(us)"},
                   {"TFLOPS"},
                   {"%limit"},
                   {"%clock", Align::right, Need::room},
                   {"%sheet", Align::right, Need::room},
                   {"#wrong"},
                   {"verdict", Align::left}});
  for (const Row* row : rows) {
    const Case& item = row->item;
    table.add({std::to_string(item.m), std::to_string(item.n), std::to_string(item.k), type_cell(item),
               std::string(name_of(item.body)), how_cell(item), time_cell(*row), teraflops_cell(row->flops_per_second),
               percent_cell(row->fraction_of_limit), percent_cell(row->fraction_at_clock),
               percent_cell(row->fraction_of_data_sheet), wrong_cell(*row), verdict_cell(*row)});
  }
  out << '\n'
      << wrapped(
             "matmul on GPUs (per rank, all ranks at once; %clock: of the peak at the clock seen, %sheet: of the "
             "data sheet)",
             0, style)
      << '\n';
  table.print(out, style);
}

void print_gpu_memory(std::ostream& out, const RowList& rows, const TextStyle& style) {
  TextTable table(
      {{"what", Align::left}, {"size"}, {"time(us)"}, {"GB/s"}, {"%limit"}, {"#wrong"}, {"verdict", Align::left}});
  for (const Row* row : rows) {
    const Case& item = row->item;
    const std::string what =
        item.family == Family::memory ? std::string(name_of(item.access)) : "sum of " + std::string(name_of(item.type));
    table.add({what, format_size(item.size), time_cell(*row), gigabytes_cell(row->algbw),
               percent_cell(row->fraction_of_limit), wrong_cell(*row), verdict_cell(*row)});
  }
  out << "\nmemory of GPUs (per rank, all ranks at once; GB/s read and written)\n";
  table.print(out, style);
}

void print_links(std::ostream& out, const RowList& rows, const TextStyle& style) {
  std::map<std::pair<LinkMethod, Bytes>, RowList> matrices;
  RowList host_links;
  for (const Row* row : rows) {
    if (joins_gpus_only(row->item)) {
      matrices[{row->item.method, row->item.size}].push_back(row);
    } else {
      host_links.push_back(row);
    }
  }
  if (!host_links.empty()) print_host_links(out, host_links, style);
  for (const auto& [key, cells] : matrices) print_matrix(out, cells, style);
}

}  // namespace muster
