// SPDX-License-Identifier: Apache-2.0
// The tables of host_bodies.hpp for CPUs other than x86-64: the portable bodies.
#include "kernels/host_bodies.hpp"

namespace muster {

extern const ElementLoops kElementPortable;
extern const ReduceLoops kReducePortable;
extern const MemoryLoops kMemoryPortable;
extern const PeakLoop kPeakPortable[4];

std::span<const ElementLoops* const> element_loops_here() {
  static constexpr const ElementLoops* kOnly[] = {&kElementPortable};
  return kOnly;
}

std::span<const ReduceLoops* const> reduce_loops_here() {
  static constexpr const ReduceLoops* kOnly[] = {&kReducePortable};
  return kOnly;
}

std::span<const MemoryLoops* const> memory_loops_here() {
  static constexpr const MemoryLoops* kOnly[] = {&kMemoryPortable};
  return kOnly;
}

std::span<const PeakLoop* const> peak_loops_here() {
  static constexpr const PeakLoop* kOnly[] = {&kPeakPortable[0], &kPeakPortable[1], &kPeakPortable[2],
                                              &kPeakPortable[3]};
  return kOnly;
}

}  // namespace muster
