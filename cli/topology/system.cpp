// SPDX-License-Identifier: Apache-2.0
#include "cli/topology/system.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <iostream>
#include <iterator>
#include <optional>
#include <utility>

#include "core/error.hpp"
#include "reports/text_table.hpp"
#include "topology/discovery.hpp"
#include "topology/doctor.hpp"
#include "topology/readers/readers.hpp"
#include "topology/templates.hpp"

namespace muster {
namespace {

std::string names_of(const std::vector<std::string>& files) {
  std::string names;
  for (const std::string& file : files) {
    if (!names.empty()) names += ", ";
    const std::string last = std::filesystem::path(file).filename().string();
    names += last.empty() ? file : last;  // a folder with a slash behind it
  }
  return names;
}

System from_files(const SystemOptions& options) {
  std::vector<Imported> parts;
  for (const std::string& file : options.files) parts.push_back(read_description_file(file, options.gpu_model));
  Imported whole = parts.size() == 1 ? std::move(parts.front()) : merge(std::move(parts));
  return {names_of(options.files), std::move(whole.topology), std::move(whole.findings), {}};
}

System from_template(const SystemOptions& options) {
  const auto nodes = options.nodes > 0 ? std::optional(options.nodes) : std::nullopt;
  ExpandedTemplate expanded = expand_template(options.template_name, nodes);
  return {options.template_name, std::move(expanded.topology), {}, std::move(expanded.symmetries)};
}

System from_here() {
  Imported here = discover();
  return {here.format, std::move(here.topology), std::move(here.findings), {}};
}

}  // namespace

void add_system_options(CLI::App& command, SystemOptions& options) {
  command.add_option("FILE", options.files,
                     "Descriptions of one system: NCCL or hwloc XML, nvidia-smi topo -m, ibnetdiscover, Slurm, "
                     "cluster.json, a machine template... (default: this machine)");
  add_template_options(command, options);
}

void add_template_options(CLI::App& command, SystemOptions& options) {
  command.add_option("--template", options.template_name, "A machine of the library: see `muster topology templates`");
  command.add_option("--nodes", options.nodes, "Nodes of the template (default: as it says)")
      ->check(CLI::Range(1, 1 << 20));
  command.add_option("--gpu", options.gpu_model, "Model of the GPUs where the files do not say: \"H100 SXM\"");
}

System load_system(const SystemOptions& options) {
  if (!options.files.empty() && !options.template_name.empty()) {
    throw Error("give either files or --template, not both");
  }
  if (options.nodes > 0 && options.template_name.empty()) throw Error("--nodes needs --template");
  System system = !options.files.empty()           ? from_files(options)
                  : !options.template_name.empty() ? from_template(options)
                                                   : from_here();
  std::ranges::move(examine(system.topology), std::back_inserter(system.findings));
  std::ranges::stable_sort(system.findings, std::ranges::greater{}, &Finding::severity);
  return system;
}

void tell_findings(const std::vector<Finding>& findings) {
  constexpr std::ptrdiff_t kMostTold = 6;
  const auto matters = [](const Finding& finding) { return finding.severity != Severity::note; };
  std::ptrdiff_t told = 0;
  for (const Finding& finding : findings) {
    if (!matters(finding) || told == kMostTold) continue;
    ++told;
    std::cerr << "muster: " << name_of(finding.severity) << ": " << printable(finding.place) << ": "
              << printable(finding.meaning) << " [" << finding.code << "]\n";
  }
  const std::ptrdiff_t left = std::ranges::count_if(findings, matters) - told;
  if (left > 0) std::cerr << "muster: and " << left << " more findings; `muster topology doctor` tells them all\n";
}

}  // namespace muster
