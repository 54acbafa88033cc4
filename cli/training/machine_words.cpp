// SPDX-License-Identifier: Apache-2.0
#include "cli/training/machine_words.hpp"

#include <algorithm>
#include <filesystem>

#include "cli/topology/system.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "topology/templates.hpp"
#include "training/described_file.hpp"
#include "training/machine_library.hpp"
#include "training/machine_topology.hpp"

namespace muster {
namespace {

constexpr std::string_view kMachineSchema = "\"muster/machine/";

Machine of_report(const std::string& report) {
  const std::filesystem::path place(report);
  const std::filesystem::path folder = std::filesystem::is_directory(place) ? place : place.parent_path();
  const std::string cluster = (folder / "cluster.json").string();
  return machine_of(topology_from_json(parse_json(read_file(cluster), cluster), cluster), cluster);
}

template <typename Library>
bool has(const Library& library, const std::string& name) {
  return std::ranges::any_of(library, [&](const auto& entry) { return entry.name == name; });
}

/// A file of another kind than a machine's, which the readers of topologies may know.
bool is_topology(const std::string& path) {
  if (!std::filesystem::is_regular_file(path)) return std::filesystem::is_directory(path);
  const bool is_larger = std::filesystem::file_size(path) > kMaxTrainingFile.value;
  return is_larger || read_file(path, kMaxTrainingFile).find(kMachineSchema) == std::string::npos;
}

}  // namespace

void add_machine_option(CLI::App& command, std::string& machine) {
  command.add_option("--machine", machine,
                     "Machine: a shipped name (muster training list), a template (muster topology templates), or a "
                     "file of either or of a topology (default with --report: the machine of its run)");
}

Machine machine_by_words(const std::string& words, const std::string& report) {
  if (words.empty() && report.empty()) throw Error("no machine: give --machine, or --report for that of its run");
  if (words.empty()) return of_report(report);
  if (has(shipped_machines(), words)) return read_machine(words);
  SystemOptions described;
  if (has(template_library(), words)) {
    described.template_name = words;
  } else if (is_topology(words)) {
    described.files = {words};
  } else {
    return read_machine(words);
  }
  const System system = load_system(described);
  tell_findings(system.findings);
  return machine_of(system.topology, system.name);
}

}  // namespace muster
