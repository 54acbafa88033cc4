// SPDX-License-Identifier: Apache-2.0
#include "cli/training/suite.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iostream>

#include "cli/training/machine_words.hpp"
#include "core/error.hpp"
#include "training/layout_json.hpp"
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
  const Machine machine = machine_by_words(options.machine, "");
  return {machine.gpus_per_node, sixteen_bits(machine)};
}

/// Round rates of a GPU of these years and of a core: they only settle how many products are about as long as a
/// collective, so that a pair has two halves to overlap. A plan must not depend on what was measured.
struct RoundRates {
  FlopsPerSecond products;
  BytesPerSecond within_node, between_nodes;
};
constexpr RoundRates kOnGpu = {.products = {5e14}, .within_node = {2.5e11}, .between_nodes = {4e10}};
constexpr RoundRates kOnHost = {.products = {2e11}, .within_node = {2.5e9}, .between_nodes = {1e9}};

int products_beside(const MeasurableExchange& exchange, const NeededProduct& product, const RoundRates& rates) {
  constexpr double kMost = 1000;
  const bool is_within = exchange.group.ranks <= exchange.group.per_node;
  const Seconds transfer = exchange.size / (is_within ? rates.within_node : rates.between_nodes);
  const double flops =
      2.0 * static_cast<double>(product.m) * static_cast<double>(product.n) * static_cast<double>(product.k);
  return static_cast<int>(std::clamp(std::round(transfer.value * rates.products.value / flops), 1.0, kMost));
}

WorkloadProduct workload_product(const NeededProduct& one) {
  return {.type = *element_type_of(one.precision), .layout = layout_of(one), .m = one.m, .n = one.n, .k = one.k};
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
    workload.products.push_back(workload_product(one));
  }
  const RoundRates& rates = processor == Processor::gpu ? kOnGpu : kOnHost;
  for (const MeasurableExchange& one : measurable.exchanges) {
    const WorkloadCollective collective{.collective = one.needed.exchange.collective,
                                        .type = type_of(one.needed, layout),
                                        .size = one.size,
                                        .ranks = one.group.ranks,
                                        .stride = one.group.stride};
    workload.collectives.push_back(collective);
    if (!one.needed.is_overlapped || !measurable.beside) continue;
    workload.overlaps.push_back({.collective = collective,
                                 .product = workload_product(*measurable.beside),
                                 .products = products_beside(one, *measurable.beside, rates)});
  }
  for (const std::string& line : measurable.left_out) std::cerr << "muster: not measured: " << line << "\n";
  for (const std::string& line : measurable.borrowed) std::cerr << "muster: " << line << "\n";
  return workload;
}

}  // namespace muster
