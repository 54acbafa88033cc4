// SPDX-License-Identifier: Apache-2.0
// The machine that a `muster topology` command is about: files joined into one system, a template, or this machine.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "topology/finding.hpp"
#include "topology/graph.hpp"

namespace muster {

struct SystemOptions {
  std::vector<std::string> files;
  std::string template_name;  ///< of the library
  int nodes = 0;              ///< 0 = as the template says
  std::string gpu_model;
};

void add_system_options(CLI::App& command, SystemOptions& options);

/// The same without FILE, for commands whose files are something else.
void add_template_options(CLI::App& command, SystemOptions& options);

struct System {
  std::string name;  ///< for titles: the files, the template or the host
  Topology topology;
  std::vector<Finding> findings;             ///< of readers, of joining and of the doctor
  std::vector<std::vector<int>> symmetries;  ///< of a template
};

/// Throws Error when options contradict each other or a file cannot be read.
System load_system(const SystemOptions& options);

/// One line per finding that is at least a warning, on standard error: what a reader of any result must know. The first
/// few, worst first; the doctor has them all.
void tell_findings(const std::vector<Finding>& findings);

}  // namespace muster
