// SPDX-License-Identifier: Apache-2.0
// Where a report goes: the terminal with its width and colours, and files in the format of their endings. Shared by
// `muster report`, `muster judge` and `muster bench`.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "reports/report.hpp"
#include "reports/writers/writers.hpp"

namespace muster {

/// Of the screen behind standard output: its width, colour unless NO_COLOR is set or the terminal has none; for a file
/// or pipe neither.
TextStyle style_of_output();

/// How --write and --out describe their files.
std::string endings_of_formats();

/// --write FILE, which may be repeated.
void add_write_option(CLI::App& command, std::vector<std::string>& paths);

/// Throws Error when a file's ending names no format: before an hour of measuring, not after it.
void check_formats(const std::vector<std::string>& paths);

/// Each file in the format of its ending, with a picture of the topology where it is known.
void write_report_files(const Report& report, const Topology& topology, const std::vector<std::string>& paths);

}  // namespace muster
