// SPDX-License-Identifier: Apache-2.0
// What was measured on the machine, from a report of `muster bench` or an import: it corrects the formulas where it
// covers what a training step needs, and leaves them alone elsewhere (measured_report.cpp makes it from a Report).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/collective.hpp"
#include "training/counting/traffic.hpp"
#include "training/layout.hpp"

namespace muster {

/// A measured time with the interval of its median.
struct MeasuredTime {
  double seconds = 0;
  double least = 0, most = 0;
};

struct MeasuredProduct {
  Precision precision = Precision::bf16;
  double m = 0, n = 0, k = 0;
  MeasuredTime time = {};
};

struct MeasuredExchange {
  Collective collective = Collective::all_reduce;
  int ranks = 0;
  int per_node = 0;  ///< of these ranks
  double bytes = 0;  ///< nccl-tests' size
  MeasuredTime time = {};
};

/// A factor on a formula's time, and how far the measurements behind it leave it open (relative, half a width).
struct Correction {
  double factor = 1;
  double uncertainty = 0;
  bool measured = false;  ///< false: nothing near was measured, factor is 1
};

class Measured {
 public:
  std::string origin = {};  ///< the report's file
  std::vector<MeasuredProduct> products = {};
  std::vector<MeasuredExchange> exchanges = {};
  std::optional<double> memory_rate = {};  ///< bytes/s of streaming kernels
  std::optional<double> contention = {};   ///< HardwareConstants::contention, from collectives beside products

  bool empty() const { return products.empty() && exchanges.empty() && !memory_rate && !contention; }
};

}  // namespace muster
