// SPDX-License-Identifier: Apache-2.0
// The loop of every reduction body. A `Lane` is one step of an instruction set and element type: kBytes bytes,
// Vector add(left, right), store(target, vector) and, where it can go past the caches, stream(target, vector) and
// end_stream(). It lives in the including file's unnamed namespace (host_bodies.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/host_bodies.hpp"

namespace muster {

/// The last, incomplete step goes through copies of full width, so that each lane has one way of adding.
template <typename Lane>
void add_rest(std::byte* target, const std::byte* left, const std::byte* right, std::size_t bytes) {
  std::byte padded_left[Lane::kBytes] = {}, padded_right[Lane::kBytes] = {}, sum[Lane::kBytes];
  std::memcpy(padded_left, left, bytes);
  std::memcpy(padded_right, right, bytes);
  Lane::store(sum, Lane::add(padded_left, padded_right));
  std::memcpy(target, sum, bytes);
}

/// From this size on, a sum into a third vector goes past the caches, where the lane knows such stores: the line that
/// an ordinary store fetches first is a quarter of the traffic. Measured on two ranks that add each other's vectors:
/// docs/measurements/host-2-cores.md.
inline constexpr std::size_t kStreamFromBytes = std::size_t{2} << 20;

/// The part of add_loop that goes past the caches; returns how many bytes it has done.
template <typename Lane>
std::size_t stream_sums(std::byte* target, const std::byte* left, const std::byte* right, std::size_t bytes) {
  constexpr std::size_t kStep = Lane::kBytes;
  std::size_t i = (kStep - reinterpret_cast<std::uintptr_t>(target) % kStep) % kStep;  // stores must be aligned
  add_rest<Lane>(target, left, right, i);
  for (; i + kStep <= bytes; i += kStep) Lane::stream(target + i, Lane::add(left + i, right + i));
  Lane::end_stream();
  return i;
}

/// Four steps are loaded before any is stored: `target` may be `left` or `right`, and the compiler cannot know.
template <typename Lane>
void add_loop(std::byte* target, const std::byte* left, const std::byte* right, std::size_t bytes) {
  constexpr std::size_t kStep = Lane::kBytes;
  std::size_t i = 0;
  if constexpr (requires { Lane::end_stream(); }) {
    const bool is_third = target != left && target != right;
    if (bytes >= kStreamFromBytes && is_third) i = stream_sums<Lane>(target, left, right, bytes);
  }
  for (; i + 4 * kStep <= bytes; i += 4 * kStep) {
    const auto sum0 = Lane::add(left + i, right + i);
    const auto sum1 = Lane::add(left + i + kStep, right + i + kStep);
    const auto sum2 = Lane::add(left + i + 2 * kStep, right + i + 2 * kStep);
    const auto sum3 = Lane::add(left + i + 3 * kStep, right + i + 3 * kStep);
    Lane::store(target + i, sum0);
    Lane::store(target + i + kStep, sum1);
    Lane::store(target + i + 2 * kStep, sum2);
    Lane::store(target + i + 3 * kStep, sum3);
  }
  for (; i + kStep <= bytes; i += kStep) Lane::store(target + i, Lane::add(left + i, right + i));
  if (i < bytes) add_rest<Lane>(target + i, left + i, right + i, bytes - i);
}

}  // namespace muster
