// SPDX-License-Identifier: Apache-2.0
// The time of one operator on one GPU, from the peaks of the machine and the constants of its generation.
#pragma once

#include "training/counting/operators.hpp"
#include "training/machine.hpp"
#include "training/timing/constants.hpp"

namespace muster {

struct Setting;

struct KernelTime {
  double forward = 0;   ///< s
  double backward = 0;  ///< s, all gradients
  double weights = 0;   ///< s of `backward` for the weights' gradient
};

KernelTime kernel_time(const Operator& one, Precision precision, const Setting& setting);

/// FLOP/s that the largest products sustain.
double product_rate(const Machine& machine, Precision precision, const HardwareConstants& constants);

/// s, by the formula alone, of a product of m x k by k x n, `batch` of them beside each other.
double product_time(double m, double n, double k, double batch, const Machine& machine, Precision precision,
                    const HardwareConstants& constants);

}  // namespace muster
