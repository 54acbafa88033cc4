// SPDX-License-Identifier: Apache-2.0
#include "core/buffer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "core/error.hpp"

namespace muster {
namespace {

TEST(HostBuffer, Is_zeroed_and_aligned_to_a_cache_line) {
  HostBuffer buffer(Bytes{1000});
  ASSERT_EQ(buffer.bytes().size(), 1000U);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.bytes().data()) % kBufferAlignment, 0U);
  EXPECT_TRUE(std::ranges::all_of(buffer.bytes(), [](std::byte byte) { return byte == std::byte{0}; }));
}

TEST(HostBuffer, A_typed_view_holds_whole_elements_only) {
  HostBuffer buffer(Bytes{15});
  EXPECT_EQ(buffer.as<float>().size(), 3U);
}

TEST(HostBuffer, A_moved_from_buffer_is_empty_so_that_no_view_dangles) {
  HostBuffer first(Bytes{64});
  const std::byte* const memory = first.bytes().data();
  HostBuffer second(std::move(first));
  EXPECT_EQ(second.bytes().data(), memory);
  EXPECT_TRUE(first.bytes().empty());  // NOLINT(bugprone-use-after-move): the state after a move is the subject
  HostBuffer third;
  third = std::move(second);
  EXPECT_EQ(third.bytes().size(), 64U);
  EXPECT_TRUE(second.bytes().empty());  // NOLINT(bugprone-use-after-move)
}

TEST(HostBuffer, A_size_of_zero_is_an_empty_buffer) { EXPECT_TRUE(HostBuffer(Bytes{0}).bytes().empty()); }

TEST(HostBuffer, More_than_the_address_space_is_an_error_that_names_the_size) {
  try {
    HostBuffer buffer(Bytes{std::uint64_t{1} << 62});
    FAIL() << "4 exbibytes were handed out";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("4294967296G"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace muster
