// SPDX-License-Identifier: Apache-2.0
// muster training validate: how far predictions are from published runs, table by table.
#include <cmath>
#include <iostream>
#include <map>
#include <memory>
#include <utility>

#include "cli/report_files.hpp"
#include "cli/training/commands.hpp"
#include "core/error.hpp"
#include "reports/text_table.hpp"
#include "training/layout_json.hpp"
#include "training/published/tables.hpp"
#include "training/validation/validation_json.hpp"

namespace muster {
namespace {

struct ValidateOptions {
  std::string place;
  std::uint64_t seed = 1;
  bool rows = false;
  bool constants = false;
  bool json = false;
};

std::string signed_percent(double fraction) { return (fraction < 0 ? "" : "+") + percent(fraction); }

std::string errors(const StepErrors& summary) { return summary.runs == 0 ? "-" : percent(summary.mean_absolute); }

void print_tables(const std::vector<TableErrors>& tables, const std::string& heading, const TextStyle& style) {
  TextTable table({{heading, Align::left},
                   {"fitted"},
                   {"error %"},
                   {"checked"},
                   {"error %"},
                   {"all"},
                   {"error %"},
                   {"median %"},
                   {"90 % within"},
                   {"bias %", Align::right, Need::room},
                   {"worst %", Align::right, Need::room},
                   {"rank corr.", Align::right, Need::room},
                   {"left out", Align::right, Need::room}});
  for (const TableErrors& one : tables) {
    table.add({printable(one.name), std::to_string(one.fitted.runs), errors(one.fitted),
               std::to_string(one.checked.runs), errors(one.checked), std::to_string(one.shipped.runs),
               errors(one.shipped), one.shipped.runs == 0 ? "-" : percent(one.shipped.median_absolute),
               one.shipped.runs == 0 ? "-" : percent(one.shipped.ninetieth),
               one.shipped.runs == 0 ? "-" : signed_percent(one.shipped.bias),
               one.shipped.runs == 0 ? "-" : signed_percent(one.shipped.worst),
               one.rank_correlation ? significant(*one.rank_correlation) : "-", std::to_string(one.excluded)});
  }
  table.print(std::cout, style);
  std::cout << "\n";
}

void print_rows(const std::vector<PublishedRun>& runs, const Validation& validation, const TextStyle& style) {
  TextTable table({{"table", Align::left},
                   {"line"},
                   {"run", Align::left},
                   {"half", Align::left},
                   {"measured"},
                   {"error %"},
                   {"layout", Align::left, Need::room}});
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const PublishedRun& run = runs[i];
    if (!run.excluded.empty()) continue;
    table.add({printable(run.table), std::to_string(run.line), printable(run.name),
               validation.half[i] == Half::fitted ? "fitted" : "checked", format_duration(run.step),
               signed_percent(validation.shipped_error[i]), short_text(run.layout)});
  }
  table.print(std::cout, style);
  std::cout << "\n";
}

/// A line per table and text: "mlperf_v4.1_gpt3_175b, 7 rows from line 2 on: TPU ...".
void print_notes(const std::vector<PublishedRun>& runs, const std::string& heading, std::string PublishedRun::*text) {
  struct Rows {
    int count = 0;
    int first = 0;  ///< its line
  };
  std::map<std::pair<std::string, std::string>, Rows> notes;
  for (const PublishedRun& run : runs) {
    const bool counts = text == &PublishedRun::excluded || run.excluded.empty();
    if (!counts || (run.*text).empty()) continue;
    Rows& rows = notes[{run.table, run.*text}];
    if (rows.count++ == 0) rows.first = run.line;
  }
  if (notes.empty()) return;
  std::cout << heading << "\n";
  for (const auto& [note, rows] : notes) {
    const std::string line = std::to_string(rows.first);
    std::cout << "  " << printable(note.first) << ", "
              << (rows.count == 1 ? "line " + line : std::to_string(rows.count) + " rows from line " + line + " on")
              << ": " << printable(note.second) << "\n";
  }
  std::cout << "\n";
}

template <typename Block, typename Names>
void print_block(std::span<const ConstantInfo<Block>> infos, const std::vector<Block>& shipped,
                 const std::vector<Block>& fitted, Names names, const TextStyle& style) {
  TextTable table({{"of", Align::left},
                   {"constant", Align::left},
                   {"shipped"},
                   {"fitted"},
                   {"unit", Align::left},
                   {"why", Align::left, Need::room}});
  for (std::size_t i = 0; i < shipped.size(); ++i) {
    for (const ConstantInfo<Block>& info : infos) {
      const auto number = [](double value) {
        return value < 1e-3 ? significant(value * 1e6) + "e-6" : significant(value);
      };
      table.add({std::string(names(i)), std::string(info.name), number(shipped[i].*info.member),
                 number(fitted[i].*info.member), std::string(info.unit), std::string(info.why)});
    }
  }
  table.print(std::cout, style);
  std::cout << "\n";
}

void print_constants(const Validation& validation, const TextStyle& style) {
  const Constants& shipped = shipped_constants();
  print_block<HardwareConstants>(
      hardware_constant_table(), {shipped.hardware.begin(), shipped.hardware.end()},
      {validation.fitted.hardware.begin(), validation.fitted.hardware.end()},
      [](std::size_t i) { return name_of(static_cast<Architecture>(i)); }, style);
  print_block<SoftwareConstants>(
      software_constant_table(), {shipped.software.begin(), shipped.software.end()},
      {validation.fitted.software.begin(), validation.fitted.software.end()},
      [](std::size_t i) { return name_of(static_cast<Software>(i)); }, style);
}

void run(const ValidateOptions& options) {
  const std::vector<PublishedRun> runs = read_published(options.place);
  if (runs.empty()) throw Error(options.place + ": no table of published training runs; name a folder or file of them");
  const Validation validation = validate(runs, options.seed);
  if (options.json) {
    std::cout << to_json(validation, runs, options.seed).dump(2) << "\n";
    return;
  }
  const TextStyle style = style_of_output();
  std::cout << "step time, predicted against published; fitted: constants from these rows (seed " << options.seed
            << "), checked: the same constants on the other rows, all: the shipped constants\n\n";
  print_tables(validation.tables, "table", style);
  print_tables(validation.architectures, "hardware", style);
  print_tables({validation.all}, "overall", style);
  if (options.rows) print_rows(runs, validation, style);
  if (options.rows) print_notes(runs, "assumed, where the tables do not say it:", &PublishedRun::assumed);
  print_notes(runs, "left out:", &PublishedRun::excluded);
  if (options.constants) print_constants(validation, style);
}

}  // namespace

void add_training_validate(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("validate", "Predict published training runs and print the errors");
  const auto options = std::make_shared<ValidateOptions>();
  command->add_option("place", options->place, "Folder of published tables, or one table")->required();
  command->add_option("--seed", options->seed, "Which half of the rows constants are fitted on")->capture_default_str();
  command->add_flag("--rows", options->rows, "Print every row, and what was assumed");
  command->add_flag("--constants", options->constants,
                    "Print the constants, shipped and fitted, and why each is there");
  command->add_flag("--json", options->json, "Print JSON (muster/training-validation/1)");
  command->callback([options, &exit_code] {
    run(*options);
    exit_code = 0;
  });
}

}  // namespace muster
