// SPDX-License-Identifier: Apache-2.0
// The loop of the peak kernels: independent chains of multiply-adds in registers. A `Lane` gives Vector, kChains,
// kMultiplyAdds (of one vector), zero(), ones(), multiply_add(sum, one) and total(), and lives in the including file's
// unnamed namespace (host_bodies.hpp).
#pragma once

#include "kernels/host_bodies.hpp"

namespace muster {

/// Chains per loop: two units x a latency of 4 to 6 cycles need 8 to 12, and 12 leave registers for the operands.
inline constexpr std::size_t kPeakChains = 12;

template <typename Lane>
double run_chains(std::uint64_t iterations) {
  typename Lane::Vector sums[kPeakChains];
  for (auto& sum : sums) sum = Lane::zero();
  typename Lane::Vector one = Lane::ones();
  for (std::uint64_t i = 0; i < iterations; ++i) {
#pragma GCC unroll 64
    for (auto& sum : sums) sum = Lane::multiply_add(sum, one);
  }
  double total = 0;
  for (const auto& sum : sums) total += Lane::total(sum);
  return total;
}

template <typename Lane>
constexpr PeakLoop peak_loop(ElementType type, const char* name) {
  return {type, name, 2.0 * kPeakChains * Lane::kMultiplyAdds, run_chains<Lane>};
}

/// Sum of the elements of a vector, by way of memory: outside the timed loop.
template <typename Element, typename Vector>
double total_of(const Vector& vector) {
  Element elements[sizeof(Vector) / sizeof(Element)];
  __builtin_memcpy(elements, &vector, sizeof(Vector));
  double total = 0;
  for (const Element element : elements) total += static_cast<double>(element);
  return total;
}

}  // namespace muster
