// SPDX-License-Identifier: Apache-2.0
// A schedule over NCCL: each step is one group of sends and receives, followed by the sums of what came; a channel has
// a stream and a communicator of its own as long as it runs.
#include <algorithm>

#include "collectives/transports/gpu_memory.hpp"
#include "collectives/transports/nccl_execution.hpp"

namespace muster {
namespace {

class NcclSchedule final : public NcclExecution {
 public:
  NcclSchedule(const NcclLoan& loan, const Program& program, const RankMemory& memory, ElementType type,
               DeviceReduceFunction reduce)
      : NcclExecution(loan, memory, type, "a schedule of ncclSend and ncclRecv"), program_(program), reduce_(reduce) {
    const std::uint64_t bytes = largest_sum();
    for (DeviceBuffer& buffer : staging_) buffer = make_agreed_buffer(loan.team, Bytes{bytes});
    for (int i = 0; i < kChannelsInFlight; ++i) joined_.emplace_back(Timing::disabled);
    make_ready();
  }

  std::string configuration() const override {
    return "NCCL " + nccl_version_from(communicators().nccl().version) + ", " +
           std::to_string(program_.channels.size()) + " channels, grouped ncclSend/ncclRecv" + options_text();
  }

 private:
  /// Steps are queued in the same order on all ranks (channel by channel), so that grouped operations always meet.
  void queue() override {
    for (const Move& copy : program_.own_copies) copy_on(0, copy);
    fork();
    for (std::size_t channel = 0; channel < program_.channels.size(); ++channel) {
      const std::size_t slot = channel % kChannelsInFlight;
      for (const Step& step : program_.channels[channel]) queue_step(step, slot);
      for (const Move& copy : program_.closing_copies[channel]) copy_on(slot, copy);
    }
    join();
  }

  std::size_t slots() const { return std::min<std::size_t>(program_.channels.size(), kChannelsInFlight); }

  void fork() {
    joined_.front().record(stream_of(0));
    for (std::size_t slot = 1; slot < slots(); ++slot) wait_for(joined_.front(), slot);
  }

  void join() {
    for (std::size_t slot = 1; slot < slots(); ++slot) {
      joined_[slot].record(stream_of(slot));
      wait_for(joined_[slot], 0);
    }
  }

  void wait_for(const CudaEvent& event, std::size_t slot) {
    check_cuda(cudaStreamWaitEvent(stream_of(slot), event.get(), 0), "cudaStreamWaitEvent");
  }

  void queue_step(const Step& step, std::size_t slot) {
    const NcclLibrary& nccl = communicators().nccl();
    communicators().check(nccl.group_start(), "ncclGroupStart");
    for (const Message& message : step.sends) {
      for (const Move& move : message.moves) {
        communicators().check(nccl.send(memory().at(move.from), move.bytes, ncclInt8, message.peer,
                                        communicators().of(slot), stream_of(slot)),
                              "ncclSend");
      }
    }
    std::byte* term = staging_[slot].data();
    for (const Message& message : step.receives) {
      for (const Move& move : message.moves) {
        std::byte* into = message.combine == Combine::reduce ? term : memory().at(move.to);
        communicators().check(
            nccl.recv(into, move.bytes, ncclInt8, message.peer, communicators().of(slot), stream_of(slot)), "ncclRecv");
        if (message.combine == Combine::reduce) term += move.bytes;
      }
    }
    communicators().check(nccl.group_end(), "ncclGroupEnd");
    queue_sums(step, slot);
  }

  void queue_sums(const Step& step, std::size_t slot) {
    const std::byte* term = staging_[slot].data();
    for (const Message& message : step.receives) {
      if (message.combine == Combine::copy) continue;
      for (const Move& move : message.moves) {
        reduce_(memory().at(move.to), memory().at(move.own), term, Bytes{move.bytes}, type(), stream_of(slot));
        term += move.bytes;
      }
    }
  }

  void copy_on(std::size_t slot, const Move& copy) {
    std::byte* to = memory().at(copy.to);
    const std::byte* from = memory().at(copy.from);
    if (to == from) return;
    check_cuda(cudaMemcpyAsync(to, from, copy.bytes, cudaMemcpyDeviceToDevice, stream_of(slot)), "cudaMemcpyAsync");
  }

  /// Bytes that a step receives to add them, at most.
  std::uint64_t largest_sum() const {
    std::uint64_t largest = 0;
    for (const std::vector<Step>& steps : program_.channels) {
      for (const Step& step : steps) {
        std::uint64_t bytes = 0;
        for (const Message& message : step.receives) bytes += message.combine == Combine::reduce ? message.bytes : 0;
        largest = std::max(largest, bytes);
      }
    }
    return largest;
  }

  Program program_;
  DeviceReduceFunction reduce_;
  std::array<DeviceBuffer, kChannelsInFlight> staging_;  ///< [slot]: incoming terms of sums
  std::vector<CudaEvent> joined_;                        ///< [slot]: its channels have ended; [0]: all may begin
};

}  // namespace

std::unique_ptr<Execution> make_nccl_schedule(const NcclLoan& loan, const Program& program, const RankMemory& memory,
                                              ElementType type, DeviceReduceFunction reduce) {
  return std::make_unique<NcclSchedule>(loan, program, memory, type, reduce);
}

}  // namespace muster
