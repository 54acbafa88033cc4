// SPDX-License-Identifier: Apache-2.0
// The loop of every reduction body. A `Lane` is one step of an instruction set and element type: kBytes bytes,
// Vector add(left, right), store(target, vector). It lives in the including file's unnamed namespace (host_bodies.hpp).
#pragma once

#include <cstddef>
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

/// Four steps are loaded before any is stored: `target` may be `left` or `right`, and the compiler cannot know.
template <typename Lane>
void add_loop(std::byte* target, const std::byte* left, const std::byte* right, std::size_t bytes) {
  constexpr std::size_t kStep = Lane::kBytes;
  std::size_t i = 0;
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
