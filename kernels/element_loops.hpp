// SPDX-License-Identifier: Apache-2.0
// The loops over the element function, once as source; each instruction set compiles them for itself (see
// host_bodies.hpp). `Body` is a type of the including file's unnamed namespace, which keeps each copy in its file.
#pragma once

#include "kernels/element_function.hpp"
#include "kernels/host_bodies.hpp"

namespace muster {

template <typename Body>
void add_exact_terms(std::int32_t* sums, const TermRequest& request) {
  const auto [key, range, rank, index, count] = request;  // a copy: nothing that `sums` could alias
  for (std::size_t i = 0; i < count; ++i) {
    sums[i] += element_function::exact_value(range, key, rank, index + static_cast<std::uint32_t>(i));
  }
}

template <typename Body>
void add_random_terms32(std::uint32_t* sums, const TermRequest& request) {
  const auto [key, range, rank, index, count] = request;
  for (std::size_t i = 0; i < count; ++i) {
    sums[i] += element_function::random_bits(key, index + static_cast<std::uint32_t>(i));
  }
}

template <typename Body>
void add_random_terms64(std::uint64_t* sums, const TermRequest& request) {
  const auto [key, range, rank, index, count] = request;
  for (std::size_t i = 0; i < count; ++i) {
    sums[i] += element_function::random_bits64(key, index + static_cast<std::uint32_t>(i));
  }
}

template <typename Body>
constexpr ElementLoops element_loops(const char* name) {
  return {name, add_exact_terms<Body>, add_random_terms32<Body>, add_random_terms64<Body>};
}

}  // namespace muster
