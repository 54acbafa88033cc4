// SPDX-License-Identifier: Apache-2.0
// From a suite's name to a plan: which cases, how many samples, how the time is shared.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/workload_suite.hpp"
#include "core/gpu.hpp"
#include "reports/case.hpp"
#include "topology/graph.hpp"

namespace muster {

struct GpuShape {
  std::int64_t m = 0, n = 0, k = 0;
};
/// "8192x8192x4096". Throws Error.
GpuShape parse_gpu_shape(std::string_view text);

struct PlanRequest {
  std::string suite = "quick";  ///< "quick", "standard" or "full"
  int ranks = 1;
  int ranks_per_host = 0;  ///< at most, they share the memory of one host; 0 = all
  std::string launcher = "mpirun";
  Seconds budget{90};
  std::uint64_t seed = 1;
  int check_iterations = 1;
  int fixed_samples = 0;                        ///< > 0: exactly so many samples per case
  std::vector<std::string> cases = {};          ///< shell patterns; empty = all
  std::vector<std::string> traffic_files = {};  ///< matrices for further all_to_allv cases
  std::vector<Gpu> gpus = {};                   ///< not empty: the suite's cases on GPUs, of a host with these
  Seconds sustain{};                            ///< GPUs: hold a matmul load for so long
  std::vector<GpuShape> shapes = {};            ///< GPUs: further products in bfloat16
  Pattern data = Pattern::entropy;              ///< GPUs: operands of products; what they hold changes clocks and power
  Cache cache = Cache::cold;                    ///< GPUs: state of the second-level cache before each product
  Workload workload = {};                       ///< not empty: its products and collectives in place of the suite's
};

/// Throws Error when the suite is unknown or a pattern selects no case. Sizes that would not fit a quarter of the
/// host's memory are an error too, never left out in silence.
Plan make_plan(const PlanRequest& request, const Topology& topology);

/// Channels of a schedule of this size on this transport: enough slices that a slice stays in a core's own cache
/// between the rounds that touch it. One for what has only one round.
int channels_for(Collective collective, Algorithm algorithm, TransportKind transport, Bytes size, int ranks);

}  // namespace muster
