// SPDX-License-Identifier: Apache-2.0
// Host body of reduce: picks the loop for this CPU and element type.
#include <algorithm>

#include "core/error.hpp"
#include "kernels/host_bodies.hpp"
#include "kernels/reduce.hpp"

namespace muster {
namespace {

void reduce_with(const ReduceLoops& loops, std::span<std::byte> target, std::span<const std::byte> left,
                 std::span<const std::byte> right, ElementType type) {
  MUSTER_ASSERT(target.size() == left.size() && target.size() == right.size());
  MUSTER_ASSERT(target.size() % size_of(type) == 0);
  AddLoop add = loops.by_type[static_cast<std::size_t>(type)];
  if (add == nullptr) add = reduce_loops_here().back()->by_type[static_cast<std::size_t>(type)];
  add(target.data(), left.data(), right.data(), target.size());
}

}  // namespace

void reduce_host(std::span<std::byte> target, std::span<const std::byte> left, std::span<const std::byte> right,
                 ElementType type) {
  reduce_with(*reduce_loops_here().front(), target, left, right, type);
}

std::string_view name_of(ReduceBody body) {
  constexpr std::string_view kNames[] = {"avx512", "avx2", "portable"};
  return kNames[static_cast<std::size_t>(body)];
}

std::span<const ReduceBody> reduce_bodies_here() {
  static constexpr ReduceBody kBestFirst[] = {ReduceBody::avx512, ReduceBody::avx2, ReduceBody::portable};
  return std::span(kBestFirst).last(reduce_loops_here().size());
}

void reduce_host_with(ReduceBody body, std::span<std::byte> target, std::span<const std::byte> left,
                      std::span<const std::byte> right, ElementType type) {
  const auto loops = reduce_loops_here();
  const auto found =
      std::find_if(loops.begin(), loops.end(), [body](const ReduceLoops* each) { return each->body == body; });
  MUSTER_ASSERT(found != loops.end());
  reduce_with(**found, target, left, right, type);
}

}  // namespace muster
