// SPDX-License-Identifier: Apache-2.0
// muster topology validate: predictions of collectives against a folder of published curves, curve by curve, with the
// constants that they rest on.
#include <algorithm>
#include <iostream>
#include <memory>

#include "cli/report_files.hpp"
#include "cli/topology/commands.hpp"
#include "collectives/validation/validation_json.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "reports/text_table.hpp"

namespace muster {
namespace {

constexpr double kGiga = 1e9;
constexpr double kMicro = 1e-6;

struct ValidateOptions {
  std::string folder;
  bool constants = false;
  bool json = false;
};

/// "+3.1 %"
std::string signed_percent(double error) { return (error >= 0 ? "+" : "") + percent(error); }
std::string signed_percent(const std::optional<double>& error) { return error ? signed_percent(*error) : "-"; }
std::string percent_or_dash(const std::optional<double>& error) { return error ? percent(*error) : "-"; }

void print_curves(const ValidationReport& report) {
  TextTable table({{"table", Align::left},
                   {"collective", Align::left},
                   {"ranks"},
                   {"links", Align::left},
                   {"network", Align::left},
                   {"choice", Align::left},
                   {"published"},
                   {"predicted"},
                   {"plateau %"},
                   {"half size %"},
                   {"latency %"}});
  for (const ValidatedCurve& curve : report.curves) {
    const bool is_between = curve.group.group.nodes > 1;
    table.add({printable(curve.file), std::string(name_of(curve.collective)), std::to_string(curve.ranks),
               std::string(name_of(curve.group.fabric.links)),
               is_between ? std::string(name_of(curve.group.fabric.network)) : "-", curve.choice,
               significant(curve.plateau_published / kGiga), significant(curve.plateau_predicted / kGiga),
               signed_percent(curve.errors.plateau), signed_percent(curve.errors.half_size),
               signed_percent(curve.errors.latency)});
  }
  table.print(std::cout, style_of_output());
}

void print_summaries(const ValidationReport& report) {
  TextTable table(
      {{"median of absolute errors", Align::left}, {"curves"}, {"plateau %"}, {"half size %"}, {"latency %"}});
  const auto add = [&](const ErrorSummary& summary) {
    table.add({summary.name, std::to_string(summary.curves), percent(summary.plateau),
               percent_or_dash(summary.half_size), percent_or_dash(summary.latency)});
  };
  std::ranges::for_each(report.generations, add);
  std::ranges::for_each(report.classes, add);
  add(report.overall);
  std::cout << "\n";
  table.print(std::cout, style_of_output());
}

void print_beaten(const ValidationReport& report) {
  TextTable table({{"beats its limit", Align::left}, {"size"}, {"published"}, {"limit"}, {"what binds", Align::left}});
  for (const ValidatedCurve& curve : report.curves) {
    for (const Beaten& row : curve.beaten) {
      table.add({printable(curve.file) + ":" + std::to_string(row.line), format_size(row.size),
                 format_duration(row.published), format_duration(row.limit), printable(row.bound)});
    }
  }
  std::cout << "\n";
  table.print(std::cout, style_of_output());
}

void print_constants() {
  TextTable table({{"generation", Align::left},
                   {"constant", Align::left},
                   {"value"},
                   {"unit", Align::left},
                   {"what it is", Align::left}});
  std::vector<std::string> reasons;
  for (const FabricConstant& constant : fabric_constants()) {
    const bool is_time = constant.unit == "s";
    const bool is_rate = constant.unit == "bytes/s";
    table.add({std::string(constant.generation), constant.name,
               without_zeros(significant(constant.value / (is_time   ? kMicro
                                                           : is_rate ? kGiga
                                                                     : 1))),
               is_time   ? "us"
               : is_rate ? "GB/s"
                         : std::string(constant.unit),
               std::string(constant.meaning)});
    const std::string reason = std::string(constant.generation) + ": " + std::string(constant.why);
    if (reasons.empty() || reasons.back() != reason) reasons.push_back(reason);
  }
  std::cout << "\n";
  table.print(std::cout, style_of_output());
  std::cout << "\nWhy these values\n\n";
  for (const std::string& reason : reasons) std::cout << wrapped(reason, 2, {.width = 120}) << "\n";
}

void print_report(const ValidationReport& report) {
  std::cout << "Bus bandwidth at the largest size in GB/s; errors: prediction over publication, less one\n\n";
  print_curves(report);
  print_summaries(report);
  print_beaten(report);
  std::cout << "\n";
  for (const PublishedTable& table : report.left_out) {
    std::cout << printable(table.file) << ": not predicted: " << printable(table.reason) << "\n";
  }
  const bool beats =
      std::ranges::any_of(report.curves, [](const ValidatedCurve& curve) { return !curve.beaten.empty(); });
  std::cout << (report.left_out.empty() ? "" : "\n") << (holds(report) ? "holds" : "does not hold")
            << ": median plateau error on scale-up and rail fabrics at most " << percent(kMostPlateauError)
            << " %, no row beats its limit" << (beats ? " (some do)" : "") << "\n";
}

void validate(const ValidateOptions& options, int& exit_code) {
  const ValidationReport report = validate_published(options.folder);
  if (options.json) {
    std::cout << to_document(to_json(report));
  } else {
    print_report(report);
    if (options.constants) print_constants();
  }
  exit_code = holds(report) ? 0 : 1;
}

}  // namespace

void add_topology_validate(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("validate", "Predictions of collectives against published curves");
  const auto options = std::make_shared<ValidateOptions>();
  command->add_option("DIR", options->folder, "Folder with INDEX.csv and the tables that it names")->required();
  command->add_flag("--constants", options->constants, "Print the constants, too, with the reason of each");
  command->add_flag("--json", options->json, "Print all points and constants as JSON");
  command->callback([options, &exit_code] { validate(*options, exit_code); });
}

}  // namespace muster
