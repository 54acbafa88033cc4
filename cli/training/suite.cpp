// SPDX-License-Identifier: Apache-2.0
#include "cli/training/suite.hpp"

#include <algorithm>
#include <array>
#include <iostream>

#include "core/error.hpp"
#include "training/layout_json.hpp"
#include "training/machine_library.hpp"
#include "training/model_library.hpp"
#include "training/needs.hpp"

namespace muster {
namespace {

/// As the library multiplies: the operands of 8-bit products lie with k innermost, which frameworks transpose for.
MatmulLayout layout_of(const NeededProduct& product) {
  constexpr std::array<MatmulLayout, 3> kByPass = {MatmulLayout::nt, MatmulLayout::nn, MatmulLayout::tn};
  if (product.precision == Precision::fp8) return MatmulLayout::nt;
  return kByPass.at(static_cast<std::size_t>(product.pass));
}

/// Gradients are summed in the format the layout says, all else travels in 16 bits.
ElementType type_of(const NeededExchange& needed, const Layout& layout) {
  const ParallelAxis axis = needed.exchange.axis;
  const bool of_gradients =
      reduces(needed.exchange.collective) &&
      (axis == ParallelAxis::data || axis == ParallelAxis::expert_data || axis == ParallelAxis::embedding);
  return of_gradients && layout.gradient_bytes == 4 ? ElementType::float32 : ElementType::bfloat16;
}

int ranks_per_node(const PlanRequest& request) {
  const int on_host = request.ranks_per_host > 0 ? request.ranks_per_host : request.ranks;
  return request.gpus.empty() ? on_host : std::min(on_host, static_cast<int>(request.gpus.size()));
}

struct Nodes {
  int size;  ///< GPUs that fast links join
  Precision sixteen;
};

Nodes nodes_of(const TrainingSuiteOptions& options, const PlanRequest& request) {
  if (options.machine.empty()) return {ranks_per_node(request), Precision::bf16};
  const Machine machine = read_machine(options.machine);
  return {machine.gpus_per_node, sixteen_bits(machine)};
}

}  // namespace

Bytes largest_exchange(Processor processor) {
  return Bytes{processor == Processor::gpu ? std::uint64_t{1} << 32 : std::uint64_t{1} << 26};
}

void add_training_suite_options(CLI::App& command, TrainingSuiteOptions& options) {
  CLI::Option* model =
      command.add_option("--training", options.model,
                         "In place of a suite: the products and collectives of a step of this model, a "
                         "shipped name (muster training list) or a file");
  command.add_option("--layout", options.layout, "With --training: \"tp=8,pp=4,dp=16,gbs=512,...\" or a file")
      ->needs(model);
  command
      .add_option("--machine", options.machine,
                  "With --training: whose nodes tell groups within a node from others (default: this launch's)")
      ->needs(model);
}

Workload workload_of(const TrainingSuiteOptions& options, const PlanRequest& request) {
  Workload workload;
  if (options.model.empty()) return workload;
  if (options.layout.empty()) throw Error("--training needs --layout: how the model is spread");
  const Model model = read_model(options.model);
  const Layout layout = read_layout(options.layout);
  if (const std::string refused = refusal(model, layout); !refused.empty()) throw Error(refused);
  const Nodes nodes = nodes_of(options, request);
  const RankSpread launch{.ranks = request.ranks, .per_node = std::max(nodes.size, ranks_per_node(request))};
  const Processor processor = request.gpus.empty() ? Processor::host : Processor::gpu;
  const Measurable measurable =
      measurable_on(needs_of(model, layout, nodes.size, nodes.sixteen), launch, largest_exchange(processor));
  for (const NeededProduct& one : measurable.products) {
    workload.products.push_back(
        {.type = *element_type_of(one.precision), .layout = layout_of(one), .m = one.m, .n = one.n, .k = one.k});
  }
  for (const MeasurableExchange& one : measurable.exchanges) {
    workload.collectives.push_back({.collective = one.needed.exchange.collective,
                                    .type = type_of(one.needed, layout),
                                    .size = one.size,
                                    .ranks = one.group.ranks,
                                    .stride = one.group.stride});
  }
  for (const std::string& line : measurable.left_out) std::cerr << "muster: not measured: " << line << "\n";
  for (const std::string& line : measurable.borrowed) std::cerr << "muster: " << line << "\n";
  return workload;
}

}  // namespace muster
