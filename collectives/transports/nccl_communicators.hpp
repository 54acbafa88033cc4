// SPDX-License-Identifier: Apache-2.0
// This rank's NCCL communicators: how they come up, how their errors become ours, and how to wait for what they do
// without waiting for ever. Included by nccl*.cpp only.
#pragma once

#include <nccl.h>

#include <array>
#include <memory>
#include <string>

#include "collectives/program.hpp"
#include "collectives/team.hpp"
#include "collectives/transports/nccl_library.hpp"
#include "collectives/transports/nccl_profiler.hpp"
#include "core/cuda.hpp"

namespace muster {

struct NcclFailure {
  std::string call{};  ///< "ncclAllReduce"
  int rank = 0;
  std::string error{};       ///< ncclGetErrorString
  std::string last_error{};  ///< ncclGetLastError; may be empty or have several lines
};
/// One line that says where and what, and what to do.
std::string text_of(const NcclFailure& failure);

class NcclCommunicators {
 public:
  /// Collective: one communicator for each channel in flight, because NCCL runs the operations of one in order,
  /// whatever their stream. Throws Error.
  NcclCommunicators(Team& team, std::shared_ptr<const NcclLibrary> library);
  /// After an error (while the stack unwinds) communicators are aborted: nobody would come to a common end.
  ~NcclCommunicators();
  NcclCommunicators(const NcclCommunicators&) = delete;
  NcclCommunicators& operator=(const NcclCommunicators&) = delete;

  const NcclLibrary& nccl() const { return *library_; }
  ncclComm_t of(std::size_t slot) const { return all_[slot]; }
  /// Of slot 0.
  NcclObservation& observation() { return observation_; }

  /// Throws Error unless `status` is success; `call` is for the message.
  void check(ncclResult_t status, const char* call) const;

  /// Returns when everything queued on `stream` has ended. Looks for errors that NCCL finds by itself, for other ranks
  /// of this process that have failed, and at the clock (kPatience for each of `operations`); any of them aborts the
  /// communicators, so that no kernel spins on, and throws.
  void wait(const CudaStream& stream, const char* call, int operations);

 private:
  void bring_up(ncclComm_t& communicator, const char* name);
  void look_for_trouble(const char* call) const;
  void abort_all();

  Team& team_;
  std::shared_ptr<const NcclLibrary> library_;
  NcclObservation observation_;
  std::array<ncclComm_t, kChannelsInFlight> all_{};
};

}  // namespace muster
