// SPDX-License-Identifier: Apache-2.0
// A rank's memory as NCCL likes it best: from NCCL's own allocator and registered with each communicator, so that NCCL
// reads and writes it in place instead of copying through its own buffers.
#pragma once

#include <nccl.h>

#include <array>
#include <span>

#include "collectives/transports/nccl_communicators.hpp"

namespace muster {

class NcclMemory {
 public:
  explicit NcclMemory(NcclCommunicators& communicators) : communicators_(communicators) {}
  ~NcclMemory() { free(); }
  NcclMemory(const NcclMemory&) = delete;
  NcclMemory& operator=(const NcclMemory&) = delete;

  /// At least `bytes`, zeroed when new, for every rank as much as the largest asks for (a window has one size).
  /// Collective; throws NoRoom on all ranks alike.
  std::span<std::byte> at_least(Team& team, std::uint64_t bytes);

  /// Before communicators go, if they are still there.
  void free();

 private:
  std::string allocate(std::uint64_t bytes);
  void register_memory();

  NcclCommunicators& communicators_;
  std::span<std::byte> memory_;
  std::array<ncclWindow_t, kChannelsInFlight> windows_{};  ///< [slot]; where NCCL has windows
  std::array<void*, kChannelsInFlight> handles_{};         ///< [slot]; else
};

/// Older than NCCL 2.19: cannot register.
bool can_register(const NcclLibrary& nccl);

}  // namespace muster
