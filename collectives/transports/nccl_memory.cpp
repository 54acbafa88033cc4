// SPDX-License-Identifier: Apache-2.0
#include "collectives/transports/nccl_memory.hpp"

#include <algorithm>

#include "collectives/transports/gpu_memory.hpp"

namespace muster {

bool can_register(const NcclLibrary& nccl) {
  return nccl.mem_alloc != nullptr && nccl.mem_free != nullptr && nccl.comm_register != nullptr &&
         nccl.comm_deregister != nullptr;
}

std::span<std::byte> NcclMemory::at_least(Team& team, std::uint64_t bytes) {
  const std::vector<std::uint64_t> needs = all_gather(team, bytes);
  constexpr std::uint64_t kAlignment = NCCL_WIN_REQUIRED_ALIGNMENT;
  const std::uint64_t agreed_bytes = (*std::ranges::max_element(needs) + kAlignment - 1) / kAlignment * kAlignment;
  if (agreed_bytes > memory_.size()) {
    free();
    agree_on_room(team, allocate(agreed_bytes));
    register_memory();
  }
  return memory_;
}

std::string NcclMemory::allocate(std::uint64_t bytes) {
  const NcclLibrary& nccl = communicators_.nccl();
  void* memory = nullptr;
  try {
    communicators_.check(nccl.mem_alloc(&memory, bytes), "ncclMemAlloc");
    memory_ = {static_cast<std::byte*>(memory), bytes};
    fill_with_zeros(memory_);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

void NcclMemory::register_memory() {
  const NcclLibrary& nccl = communicators_.nccl();
  const bool has_windows = nccl.comm_window_register != nullptr && nccl.comm_window_deregister != nullptr;
  for (std::size_t slot = 0; slot < windows_.size(); ++slot) {
    const ncclComm_t communicator = communicators_.of(slot);
    if (has_windows) {
      communicators_.check(nccl.comm_window_register(communicator, memory_.data(), memory_.size(), &windows_[slot],
                                                     NCCL_WIN_COLL_SYMMETRIC),
                           "ncclCommWindowRegister");
    } else {
      communicators_.check(nccl.comm_register(communicator, memory_.data(), memory_.size(), &handles_[slot]),
                           "ncclCommRegister");
    }
  }
}

void NcclMemory::free() {
  const NcclLibrary& nccl = communicators_.nccl();
  for (std::size_t slot = 0; slot < windows_.size(); ++slot) {
    const ncclComm_t communicator = communicators_.of(slot);
    if (communicator != nullptr && windows_[slot] != nullptr) {
      nccl.comm_window_deregister(communicator, windows_[slot]);
    }
    if (communicator != nullptr && handles_[slot] != nullptr) nccl.comm_deregister(communicator, handles_[slot]);
    windows_[slot] = nullptr;
    handles_[slot] = nullptr;
  }
  if (!memory_.empty()) nccl.mem_free(memory_.data());
  memory_ = {};
}

}  // namespace muster
