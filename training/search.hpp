// SPDX-License-Identifier: Apache-2.0
// The best layouts of a model on a number of GPUs: all that divide are tried, those that do not fit the memory are
// dropped, the rest is timed. Rules of what is tried: docs/training-time.md "Search".
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "training/prediction.hpp"

namespace muster {

struct SearchRequest {
  Model model = {};
  Machine machine = {};
  Software software = Software::megatron_2025;
  const Measured* measured = nullptr;
  int gpus = 8;
  Layout given = {};  ///< global_batch, sequence, precision, attention, overlap, ...: what is not searched
  /// Whether a layout may be tried; "tp=8" of the command line becomes one of these. Empty: any.
  std::function<bool(const Layout&)> allowed = {};
  std::size_t top = 10;
};

struct FoundLayout {
  Layout layout = {};
  StepTime time = {};
  double memory = 0;  ///< bytes of the fullest GPU
};

struct SearchResult {
  std::vector<FoundLayout> best = {};   ///< `top` at most, the fastest first
  std::vector<FoundLayout> front = {};  ///< no other is both faster and smaller; the fastest first
  std::size_t tried = 0;                ///< layouts that divide
  std::size_t too_large = 0;            ///< of them, beyond the GPU's memory
  std::size_t timed = 0;                ///< of the rest; the others could not be among the results
};

/// Deterministic. Layouts of equal time are ordered by memory, then by their short text. Throws Error when the
/// machine has no such precision.
SearchResult search_layouts(const SearchRequest& request);

/// Every layout that search_layouts() considers, in its order; for tests and counts.
void each_layout(const SearchRequest& request, const std::function<void(const Layout&)>& visit);

}  // namespace muster
