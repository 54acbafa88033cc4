// SPDX-License-Identifier: Apache-2.0
// muster discover: what is here, as cluster.json.
#include <iostream>
#include <memory>

#include "cli/command.hpp"
#include "cli/plan_options.hpp"
#include "core/file.hpp"
#include "topology/graph.hpp"

namespace muster {

void add_discover(CLI::App& app, int&) {
  CLI::App* command = app.add_subcommand("discover", "What is here: devices, links, memory levels (cluster.json)");
  const auto out = std::make_shared<std::string>();
  command->add_option("--out", *out, "File to write (default: standard output)");
  command->callback([out] {
    const Topology topology = topology_of({});
    const std::string text = to_document(to_json(topology));
    if (out->empty()) {
      std::cout << text;
    } else {
      write_file(*out, text);
    }
  });
}

}  // namespace muster
