// SPDX-License-Identifier: Apache-2.0
// The options that say what to measure, shared by `muster plan` and `muster bench`.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "benchmarks/hostfile.hpp"
#include "benchmarks/launch_environment.hpp"
#include "cli/training/suite.hpp"
#include "core/gpu.hpp"
#include "reports/case.hpp"
#include "topology/graph.hpp"

namespace muster {

struct PlanOptions {
  std::string suite = "quick";
  TrainingSuiteOptions training;  ///< in place of the suite's products and collectives
  std::string device = "auto";
  std::vector<std::string> shapes;  ///< further products on GPUs
  std::string data = "entropy";     ///< operands of products on GPUs
  std::string cache = "cold";       ///< likewise
  std::string sustain;              ///< empty = no sustained load
  int ranks = 0;  ///< 0 = one per GPU, without GPUs one per physical core (with a hostfile: one per slot)
  std::string hostfile;
  std::vector<std::string> topology_files;  ///< what the ranks' hosts and their fabric are; empty = this host alone
  std::string launcher = "auto";
  std::string budget = "90s";
  std::vector<std::string> cases;
  std::vector<std::string> traffic_files;
  std::uint64_t seed = 1;
  int samples = 0;
  int check_iterations = 1;
};

void add_plan_options(CLI::App& command, PlanOptions& options);

/// The graph that a run is placed on and judged by: this machine, joined with the descriptions given. What is wrong
/// with it goes to standard error.
Topology topology_of(const PlanOptions& options);

struct PlannedRun {
  Plan plan;
  LauncherChoice launcher;
  std::vector<HostSlots> hosts;  ///< of the hostfile, in the order of the fabric; empty without one
};

/// The GPUs of this process as --device wants them: empty for host memory. Throws Error saying why there is none when
/// `gpu` was asked for.
std::vector<Gpu> gpus_of(const PlanOptions& options);
/// The same for another machine: those of the first host in the graph that has any.
std::vector<Gpu> gpus_of(const PlanOptions& options, const Topology& topology);

/// Throws Error when the options contradict each other or this machine.
PlannedRun plan_from(const PlanOptions& options, const Topology& topology, std::vector<Gpu> gpus);

}  // namespace muster
