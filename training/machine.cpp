// SPDX-License-Identifier: Apache-2.0
#include "training/machine.hpp"

namespace muster {

FlopsPerSecond peak_of(const Machine& machine, Precision precision) {
  return machine.accelerator.peak[static_cast<std::size_t>(precision)];
}

Precision sixteen_bits(const Machine& machine) {
  return peak_of(machine, Precision::bf16).value > 0 ? Precision::bf16 : Precision::fp16;
}

std::string_view name_of(Precision precision) { return kPrecisionNames[static_cast<std::size_t>(precision)]; }

std::string_view name_of(Architecture architecture) {
  return kArchitectureNames[static_cast<std::size_t>(architecture)];
}

}  // namespace muster
