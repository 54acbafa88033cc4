// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/memory_map.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace muster {
namespace {

using namespace memory_map;

constexpr std::array kAccesses = {MemoryAccess::read, MemoryAccess::write, MemoryAccess::copy,
                                  MemoryAccess::add,  MemoryAccess::triad, MemoryAccess::engine_copy};

TEST(MemoryMap, Turns_touch_every_vector_once) {
  constexpr std::uint64_t kTurns = 5;
  std::vector<int> touched(kTurns * kPassBytes / kVectorBytes);
  for (std::uint64_t turn = 0; turn < kTurns; ++turn) {
    for (int load = 0; load < kLoads; ++load) {
      for (int thread = 0; thread < kThreads; ++thread) ++touched.at(vector_of(turn, load, thread));
    }
  }
  EXPECT_EQ(touched, std::vector<int>(touched.size(), 1));
}

TEST(MemoryMap, A_warp_touches_512_bytes_in_a_row) {
  for (int thread = 0; thread < kThreads; ++thread) {
    const int lane = thread % 32;
    EXPECT_EQ(vector_of(3, 2, thread), vector_of(3, 2, thread - lane) + static_cast<std::uint64_t>(lane));
  }
  EXPECT_EQ(vector_of(3, 2, 32) * kVectorBytes % 512, 0U);
}

TEST(MemoryMap, Vectors_of_terabytes_have_numbers_of_their_own) {
  const std::uint64_t turns = (std::uint64_t{4} << 40) / kPassBytes;
  EXPECT_EQ(vector_of(turns - 1, kLoads - 1, kThreads - 1) + 1, (std::uint64_t{4} << 40) / kVectorBytes);
}

TEST(MemoryArrays, Fill_the_working_set_with_as_many_arrays_as_the_access_touches) {
  const std::uint64_t expected[] = {1, 1, 2, 3, 3, 2};
  for (const MemoryAccess access : kAccesses) {
    for (const std::uint64_t size : {std::uint64_t{1} << 20, (std::uint64_t{3} << 30) + 5}) {
      const MemoryArrays arrays = memory_arrays(access, Bytes{size});
      EXPECT_EQ(arrays.count, expected[static_cast<int>(access)]) << name_of(access);
      EXPECT_EQ(arrays.each.value % kPassBytes, 0U);
      EXPECT_LE(arrays.each.value * arrays.count, size);
      EXPECT_GT(arrays.each.value * arrays.count, size - arrays.count * kPassBytes - arrays.count);
    }
  }
}

TEST(MemoryArrays, Hold_one_turn_at_least) {
  for (const MemoryAccess access : kAccesses) EXPECT_EQ(memory_arrays(access, Bytes{0}).each.value, kPassBytes);
}

// A target that was not written (NaN), or written with another element, an input or another access, must show.
TEST(MemoryMap, Results_of_different_accesses_differ_almost_everywhere) {
  const std::array written = {MemoryAccess::write, MemoryAccess::copy, MemoryAccess::add, MemoryAccess::triad};
  for (const MemoryAccess one : written) {
    for (const MemoryAccess other : written) {
      if (one == other) continue;
      int same = 0;
      for (std::uint64_t i = 0; i < 1 << 16; ++i) same += expected_at(one, i) == expected_at(other, i);
      EXPECT_LT(same, 1 << 10) << name_of(one) << " and " << name_of(other);
    }
  }
}

TEST(MemoryMap, Elements_that_change_places_show) {
  for (const MemoryAccess access : {MemoryAccess::copy, MemoryAccess::add, MemoryAccess::triad}) {
    for (const std::uint64_t distance :
         {1U, 4U, 32U, 128U, 512U}) {  // a float, a vector, parts of a warp and of a turn
      for (std::uint64_t i = 0; i < 4096; ++i) {
        EXPECT_NE(expected_at(access, i), expected_at(access, i + distance)) << name_of(access) << " " << distance;
      }
    }
  }
}

TEST(MemoryMap, Sums_are_whole_numbers_that_f32_holds) {
  for (std::uint64_t i = 0; i < 1 << 13; ++i) {
    const auto left = static_cast<double>(i % 1024), right = static_cast<double>(i / 8 % 256);
    EXPECT_EQ(static_cast<double>(expected_at(MemoryAccess::add, i)), left + right);
    EXPECT_EQ(static_cast<double>(expected_at(MemoryAccess::triad, i)), left + 3 * right);
  }
}

}  // namespace
}  // namespace muster
