// SPDX-License-Identifier: Apache-2.0
// The cases of a workload: exactly the products and collectives that a program was found to use, in place of a
// suite's. Part of make_plan(); cli/training/suite.hpp makes workloads of training steps.
#pragma once

#include <cstdint>
#include <vector>

#include "core/collective.hpp"
#include "core/element_type.hpp"
#include "core/matmul_options.hpp"
#include "core/units.hpp"
#include "reports/case.hpp"

namespace muster {

struct PlanRequest;

struct WorkloadProduct {
  ElementType type = ElementType::bfloat16;
  MatmulLayout layout = MatmulLayout::nt;  ///< on GPUs; the host's are nn
  std::int64_t m = 0, n = 0, k = 0;
};

/// On groups of `ranks` that are `stride` apart, all groups at once; 0: one group of all ranks.
struct WorkloadCollective {
  Collective collective = Collective::all_reduce;
  ElementType type = ElementType::bfloat16;
  Bytes size = {};
  int ranks = 0;
  int stride = 1;
};

/// The collective while `products` of these run one after the other.
struct WorkloadOverlap {
  WorkloadCollective collective = {};
  WorkloadProduct product = {};
  int products = 1;
};

struct Workload {
  std::vector<WorkloadProduct> products = {};
  std::vector<WorkloadCollective> collectives = {};
  std::vector<WorkloadOverlap> overlaps = {};

  bool empty() const { return products.empty() && collectives.empty() && overlaps.empty(); }
};

/// In the order in which they are to be run; without ids. One way each: the library's, or without one (threads on the
/// host) every algorithm, but one for overlaps, whose halves are measured alone, too. On GPUs, a copy of memory too:
/// what streams over it is timed by that.
std::vector<Case> workload_cases(const PlanRequest& request);

}  // namespace muster
