// SPDX-License-Identifier: Apache-2.0
// The options that name a model, a layout and a machine, shared by the subcommands of `muster training`.
#pragma once

#include <optional>
#include <string>

#include "cli/command.hpp"
#include "training/measured.hpp"
#include "training/prediction.hpp"

namespace muster {

struct QuestionOptions {
  std::string model;
  std::string layout;
  std::string machine;
  std::string report;
  std::string software = "megatron-2025";
  std::optional<double> straggler = {};
};

/// MODEL, --layout, --machine, --software, --straggler.
void add_model_options(CLI::App& command, QuestionOptions& options);

/// The same and --report.
void add_question_options(CLI::App& command, QuestionOptions& options);

/// `measured` keeps what the question points to; it must outlive the question.
Question read_question(const QuestionOptions& options, Measured& measured);

}  // namespace muster
