// SPDX-License-Identifier: Apache-2.0
// muster training list: the models, machines and frameworks that are known by name.
#include <iostream>

#include "cli/report_files.hpp"
#include "cli/training/commands.hpp"
#include "reports/text_table.hpp"
#include "training/machine_library.hpp"
#include "training/model_library.hpp"
#include "training/software.hpp"

namespace muster {
namespace {

std::string billions(std::uint64_t count) { return significant(static_cast<double>(count) / 1e9); }

void run() {
  const TextStyle style = style_of_output();
  TextTable models({{"model", Align::left}, {"layers"}, {"hidden"}, {"billions"}, {"active"}});
  for (const ModelText& shipped : shipped_models()) {
    const Model model = read_model(std::string(shipped.name));
    const Parameters counted = parameters_of(model);
    models.add({std::string(shipped.name), std::to_string(model.layers), std::to_string(model.hidden),
                billions(counted.total), billions(counted.active)});
  }
  models.print(std::cout, style);
  TextTable machines({{"machine", Align::left}, {"GPU", Align::left}, {"per node"}, {"GB/s links"}, {"GB/s network"}});
  for (const MachineText& shipped : shipped_machines()) {
    const Machine machine = read_machine(std::string(shipped.name));
    machines.add({std::string(shipped.name), machine.accelerator.name, std::to_string(machine.gpus_per_node),
                  significant(machine.scale_up.value / 1e9), significant(machine.scale_out.value / 1e9)});
  }
  std::cout << "\n";
  machines.print(std::cout, style);
  std::cout << "\nsoftware:";
  for (int i = 0; i < kSoftware; ++i) std::cout << " " << name_of(static_cast<Software>(i));
  std::cout << "\n";
}

}  // namespace

void add_training_list(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("list", "The models, machines and frameworks that are known by name");
  command->callback([&exit_code] {
    run();
    exit_code = 0;
  });
}

}  // namespace muster
