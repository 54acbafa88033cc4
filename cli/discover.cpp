// SPDX-License-Identifier: Apache-2.0
// muster discover: what is here, as cluster.json.
#include <algorithm>
#include <iostream>
#include <memory>

#include "benchmarks/versions.hpp"
#include "cli/command.hpp"
#include "cli/plan_options.hpp"
#include "core/file.hpp"
#include "core/gpu.hpp"
#include "topology/graph.hpp"

namespace muster {

namespace {

/// To standard error: what this program would use on the GPUs that are here, or why it would not.
void tell_gpus(const Topology& topology) {
  const auto found = gpus_here();
  if (const auto* missing = std::get_if<Unsupported>(&found)) {
    const bool shows_any =
        std::ranges::find(topology.devices, DeviceKind::gpu, &Device::kind) != topology.devices.end();
    if (shows_any) std::cerr << missing->reason << "\n";
    return;
  }
  for (const Gpu& gpu : std::get<std::vector<Gpu>>(found)) {
    std::cerr << "GPU " << gpu.ordinal << ": " << gpu.model << " at " << gpu.address << ", " << format_size(gpu.memory)
              << ", " << gpu.multiprocessors << " multiprocessors\n";
  }
  for (const auto& [library, version] : gpu_versions()) std::cerr << library << ": " << version << "\n";
}

}  // namespace

void add_discover(CLI::App& app, int&) {
  CLI::App* command = app.add_subcommand("discover", "What is here: devices, links, memory levels (cluster.json)");
  const auto out = std::make_shared<std::string>();
  command->add_option("--out", *out, "File to write (default: standard output)");
  command->callback([out] {
    const Topology topology = topology_of({});
    tell_gpus(topology);
    const std::string text = to_document(to_json(topology));
    if (out->empty()) {
      std::cout << text;
    } else {
      write_file(*out, text);
    }
  });
}

}  // namespace muster
