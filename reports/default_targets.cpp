// SPDX-License-Identifier: Apache-2.0
// The built-in targets as one table: what a healthy host reaches, well below what it can, so that a miss means a fault
// (a wrong transport, a busy core, a throttled clock) and not a mediocre library. Who buys a machine writes his own.
#include <utility>
#include <vector>

#include "reports/targets.hpp"

namespace muster {

namespace {

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;

std::vector<Rule> host_rules() {
  return {
      // Design, invariant 5: unchecked is not ok. Every case, ceilings included (measured, with a positive rate).
      {.name = "results are correct", .select = {}, .quantity = Quantity::correct},

      // A packed matmul of an optimised library runs at 70 to 95 % of the multiply-add peak of vector units once A, B
      // and C
      // have 512^2 elements or more; 0.4 leaves room for ranks that share cores.
      {.name = "matmul near the peak",
       .select = {.families = {Family::matmul},
                  .types = {ElementType::float32, ElementType::float64},
                  .processors = {Processor::host}},
       .quantity = Quantity::fraction_of_limit,
       .at_least = 0.4,
       .scope = Scope::each},

      // A matrix unit (AMX) is fed from cache by few libraries: oneDNN 2.6 reaches 13 to 70 % of its peak, by shape
      // (docs/measurements/host-2-cores.md). Below 0.08 the product does not run on it at all.
      {.name = "matmul of short types on the matrix unit",
       .select = {.families = {Family::matmul},
                  .types = {ElementType::float16, ElementType::bfloat16, ElementType::int8},
                  .processors = {Processor::host}},
       .quantity = Quantity::fraction_of_limit,
       .at_least = 0.08,
       .scope = Scope::each},

      // One pass over three arrays is as fast as the stream it consists of; 0.5 leaves room for a small vector's start.
      {.name = "vector sum near the memory's speed",
       .select = {.families = {Family::reduce}, .processors = {Processor::host}, .min_size = Bytes{kMebibyte}},
       .quantity = Quantity::fraction_of_limit,
       .at_least = 0.5,
       .scope = Scope::each},

      // Bandwidth counts from 1 MiB; below it latency decides and no fraction is fair (a floor on 8-byte rows is the
      // classic false alarm). The best way to do it must be good; the others are there to be compared. Host transports
      // copy once or twice per hop where the limit counts one pass: 0.1 is half of what two copies leave.
      {.name = "large collectives near the limit",
       .select = {.families = {Family::collective},
                  .cadences = {Cadence::isolated},
                  .placements = {Placement::out_of_place},
                  .processors = {Processor::host},
                  .min_size = Bytes{kMebibyte}},
       .quantity = Quantity::fraction_of_limit,
       .at_least = 0.1,
       .scope = Scope::best},
  };
}

std::vector<Rule> gpu_rules() {
  return {
      // Published achievable rates are 78 to 87 % of data sheets (stas00/ml-engineering, accelerator tables), and power
      // holds clocks below their highest at full-entropy data: less than half means that the matrix units are not used
      // or that the GPU is held back. The library only: our bodies are a ladder, its lower rungs slow by design.
      {.name = "GPU matmul near the roof",
       .select = {.families = {Family::matmul},
                  .types = {ElementType::float16, ElementType::bfloat16, ElementType::float8_e4m3},
                  .processors = {Processor::gpu},
                  .bodies = {MatmulBody::native}},
       .quantity = Quantity::fraction_of_limit,
       .at_least = 0.5,
       .scope = Scope::each},

      // Streams reach 85 to 95 % of the memory's line rate.
      {.name = "GPU memory near its rate",
       .select = {.families = {Family::memory}, .processors = {Processor::gpu}, .min_size = Bytes{kMebibyte << 8}},
       .quantity = Quantity::fraction_of_limit,
       .at_least = 0.8,
       .scope = Scope::each},

      // PCIe and NVLink keep 80 to 90 % of their line rate for data of large transfers.
      {.name = "GPU links near their rate",
       .select = {.families = {Family::link}, .processors = {Processor::gpu}, .min_size = Bytes{kMebibyte << 6}},
       .quantity = Quantity::fraction_of_limit,
       .at_least = 0.7,
       .scope = Scope::each},

      // NCCL reaches 75 to 95 % of NVLink and 85 to 95 % of a good fabric at 256 MiB and more; the rest is judged by
      // whoever buys.
      {.name = "large collectives on GPUs near the limit",
       .select = {.families = {Family::collective},
                  .cadences = {Cadence::isolated},
                  .placements = {Placement::out_of_place},
                  .processors = {Processor::gpu},
                  .min_size = Bytes{kMebibyte << 8}},
       .quantity = Quantity::fraction_of_limit,
       .at_least = 0.5,
       .scope = Scope::best},
  };
}

}  // namespace

Targets default_targets(const Plan& plan) {
  Targets targets{.name = "default", .rules = {}};
  std::vector<Rule> rules = host_rules();
  for (Rule& rule : gpu_rules()) rules.push_back(std::move(rule));
  for (const Rule& rule : rules) {
    for (const Case& item : plan.cases) {
      if (!selects(rule.select, item, plan.ranks)) continue;
      targets.rules.push_back(rule);
      break;
    }
  }
  return targets;
}

}  // namespace muster
