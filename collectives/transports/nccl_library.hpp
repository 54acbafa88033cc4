// SPDX-License-Identifier: Apache-2.0
// NCCL as it was found on this machine: its functions by name, from a library that is loaded when a case asks for it.
// The header nccl.h is all that a build needs. Included by nccl_*.cpp only.
#pragma once

#include <nccl.h>

#include <memory>
#include <span>
#include <string>
#include <variant>

#include "core/shared_library.hpp"
#include "core/unsupported.hpp"

namespace muster {

/// Each function as nccl.h declares it, without its prefix.
struct NcclLibrary {
  SharedLibrary file{};
  int version = 0;  ///< 22809 for 2.28.9

  decltype(::ncclGetVersion)* get_version = nullptr;
  decltype(::ncclGetUniqueId)* get_unique_id = nullptr;
  decltype(::ncclGetErrorString)* get_error_string = nullptr;
  decltype(::ncclGetLastError)* get_last_error = nullptr;
  decltype(::ncclCommInitRankConfig)* comm_init_rank_config = nullptr;
  decltype(::ncclCommDestroy)* comm_destroy = nullptr;
  decltype(::ncclCommAbort)* comm_abort = nullptr;
  decltype(::ncclCommGetAsyncError)* comm_get_async_error = nullptr;
  decltype(::ncclGroupStart)* group_start = nullptr;
  decltype(::ncclGroupEnd)* group_end = nullptr;
  decltype(::ncclSend)* send = nullptr;
  decltype(::ncclRecv)* recv = nullptr;
  decltype(::ncclAllReduce)* all_reduce = nullptr;
  decltype(::ncclAllGather)* all_gather = nullptr;
  decltype(::ncclReduceScatter)* reduce_scatter = nullptr;
  decltype(::ncclBroadcast)* broadcast = nullptr;
  decltype(::ncclReduce)* reduce = nullptr;

  // Null in libraries that are too old for them: 2.11 for the first two, 2.19 for the next four, 2.27 for windows.
  decltype(::ncclRedOpCreatePreMulSum)* red_op_create_pre_mul_sum = nullptr;
  decltype(::ncclRedOpDestroy)* red_op_destroy = nullptr;
  decltype(::ncclMemAlloc)* mem_alloc = nullptr;
  decltype(::ncclMemFree)* mem_free = nullptr;
  decltype(::ncclCommRegister)* comm_register = nullptr;
  decltype(::ncclCommDeregister)* comm_deregister = nullptr;
  decltype(::ncclCommWindowRegister)* comm_window_register = nullptr;
  decltype(::ncclCommWindowDeregister)* comm_window_deregister = nullptr;
};

/// Unsupported: no library where we look, or one without a function that we need.
std::variant<std::shared_ptr<const NcclLibrary>, Unsupported> load_nccl();
std::variant<std::shared_ptr<const NcclLibrary>, Unsupported> load_nccl(std::span<const LibraryPlace> places);

/// "2.28.9" from what ncclGetVersion() gives; up to 2.8 the number had a digit less.
std::string nccl_version_from(int code);

}  // namespace muster
