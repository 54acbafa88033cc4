// SPDX-License-Identifier: Apache-2.0
// --training of `muster plan` and `muster bench`: from a model and its layout to what this launch is to measure.
#pragma once

#include <string>

#include "benchmarks/suites.hpp"
#include "cli/command.hpp"

namespace muster {

struct TrainingSuiteOptions {
  std::string model;  ///< empty: no training, the plan's suite counts
  std::string layout;
  std::string machine;
};

/// --training, --layout, --machine.
void add_training_suite_options(CLI::App& command, TrainingSuiteOptions& options);

/// Empty without a model. What cannot be measured, and what stands for something else, goes to standard error, a line
/// each. `request` has ranks, launcher and GPUs.
Workload workload_of(const TrainingSuiteOptions& options, const PlanRequest& request);

/// The largest collective that is measured in place of any larger one: beyond, only bandwidth counts.
Bytes largest_exchange(Processor processor);

}  // namespace muster
