// SPDX-License-Identifier: Apache-2.0
// Host memory owned by one object: aligned for vector loads and page-backed before it is timed.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include "core/units.hpp"

namespace muster {

/// Alignment of every buffer, 64 bytes: one cache line and one AVX-512 register.
inline constexpr std::size_t kBufferAlignment = 64;

/// Owner of `size` bytes, zeroed (so that every page is present). Movable, not copyable. Views are std::span.
class HostBuffer {
 public:
  HostBuffer() = default;
  /// Throws Error when the memory cannot be had.
  explicit HostBuffer(Bytes size);
  HostBuffer(HostBuffer&& other) noexcept : memory_(std::move(other.memory_)), size_(std::exchange(other.size_, 0)) {}
  HostBuffer& operator=(HostBuffer&& other) noexcept {
    memory_ = std::move(other.memory_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  std::span<std::byte> bytes() { return {memory_.get(), size_}; }
  std::span<const std::byte> bytes() const { return {memory_.get(), size_}; }

  template <typename T>
  std::span<T> as() {
    return {reinterpret_cast<T*>(memory_.get()), size_ / sizeof(T)};
  }

 private:
  struct Free {
    void operator()(std::byte* memory) const;
  };
  std::unique_ptr<std::byte[], Free> memory_;
  std::size_t size_ = 0;
};

}  // namespace muster
