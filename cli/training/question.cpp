// SPDX-License-Identifier: Apache-2.0
#include "cli/training/question.hpp"

#include "cli/training/machine_words.hpp"
#include "reports/report.hpp"
#include "training/layout_json.hpp"
#include "training/measured_report.hpp"
#include "training/model_library.hpp"

namespace muster {

void add_model_options(CLI::App& command, QuestionOptions& options) {
  command.add_option("model", options.model, "Model: a shipped name (muster training list) or a file")->required();
  command.add_option("--layout", options.layout, "Layout: \"tp=8,pp=4,dp=16,gbs=512,...\" or a file")->required();
  add_machine_option(command, options.machine);
  command.add_option("--software", options.software, "Generation of the framework (muster training list)")
      ->capture_default_str();
  command.add_option("--straggler", options.straggler, "Relative spread of the GPUs' speed: all wait for the slowest")
      ->check(CLI::Range(0.0, 1.0));
}

void add_question_options(CLI::App& command, QuestionOptions& options) {
  add_model_options(command, options);
  command.add_option("--report", options.report, "report.json whose measurements correct the formulas");
}

Question read_question(const QuestionOptions& options, Measured& measured) {
  Question question{.model = read_model(options.model),
                    .layout = read_layout(options.layout),
                    .machine = machine_by_words(options.machine, options.report),
                    .software = parse_software(options.software),
                    .straggler = options.straggler};
  if (!options.report.empty()) {
    measured = measured_of(read_report(options.report), question.machine, options.report);
    question.measured = &measured;
  }
  return question;
}

}  // namespace muster
