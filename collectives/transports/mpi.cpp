// SPDX-License-Identifier: Apache-2.0
// Transport `mpi`: transfers as nonblocking MPI messages, one tag per channel; sums are made as messages arrive. The
// library's own collectives (`native`) are in mpi_native.cpp.
#include <algorithm>
#include <cstring>
#include <exception>

#include "collectives/mpi_call.hpp"
#include "collectives/transports/mpi_native.hpp"
#include "collectives/transports/transports.hpp"
#include "core/buffer.hpp"

namespace muster {
namespace {

class MpiExecution final : public Execution {
 public:
  MpiExecution(MPI_Comm communicator, const Program& program, const RankMemory& memory, ElementType type,
               ReduceFunction reduce, Tap* tap)
      : communicator_(communicator), program_(program), memory_(memory), type_(type), reduce_(reduce), tap_(tap) {
    for (const std::vector<Step>& steps : program_.channels) {
      for (const Step& step : steps) {
        messages_ = std::max(messages_, step.sends.size() + step.receives.size());
        find_staging(step);
      }
    }
    const std::size_t slots = std::min<std::size_t>(program_.channels.size(), kChannelsInFlight);
    requests_.assign(slots * messages_, MPI_REQUEST_NULL);
    done_.resize(requests_.size());
    staging_ = HostBuffer(Bytes{slots * slot_bytes_});
    slots_.resize(slots);
  }

  void run() override {
    std::size_t running = 0;
    for (std::size_t slot = 0; slot < slots_.size(); ++slot) running += start(slot, slot) ? 1 : 0;
    copy(program_.own_copies);
    while (running > 0) {
      int count = 0;
      mpi_call(
          MPI_Waitsome(static_cast<int>(requests_.size()), requests_.data(), &count, done_.data(), MPI_STATUSES_IGNORE),
          "MPI_Waitsome");
      for (int i = 0; i < count; ++i) {
        const auto done = static_cast<std::size_t>(done_[static_cast<std::size_t>(i)]);
        const std::size_t slot = done / messages_;
        if (!complete(slot, done % messages_)) continue;
        copy(program_.closing_copies[slots_[slot].channel]);
        if (!start(slot, slots_[slot].channel + kChannelsInFlight)) --running;
      }
    }
  }

  std::string configuration() const override {
    return std::to_string(program_.channels.size()) + " channels, MPI_Isend/MPI_Irecv";
  }

 private:
  /// A channel at work; its requests and staging memory are those of its slot.
  struct Slot {
    std::size_t channel = 0;
    std::size_t step = 0;
    std::size_t open = 0;       ///< messages of the step not complete
    std::size_t unpacked = 0;   ///< receives of the step that are done with
    std::vector<bool> arrived;  ///< [receive]
  };

  /// Begins the slot's next channel, `channel` or a later one of this slot: channels that share a slot share its
  /// scratch, so each slot runs its own in order. Those in which this rank has nothing to do are over at once. False
  /// when none is left.
  bool start(std::size_t slot, std::size_t channel) {
    while (channel < program_.channels.size() && program_.channels[channel].empty()) channel += kChannelsInFlight;
    if (channel >= program_.channels.size()) return false;
    slots_[slot].channel = channel;
    slots_[slot].step = 0;
    post(slot);
    return true;
  }

  const Step& step_of(const Slot& slot) const { return program_.channels[slot.channel][slot.step]; }

  static bool is_direct(const Message& message, Combine combine) {
    return combine == Combine::copy && message.moves.size() == 1;
  }

  static std::uint64_t aligned(std::uint64_t bytes) { return (bytes + 63) / 64 * 64; }

  void find_staging(const Step& step) {
    std::uint64_t bytes = 0;
    for (const Message& message : step.receives)
      bytes += is_direct(message, message.combine) ? 0 : aligned(message.bytes);
    for (const Message& message : step.sends) bytes += is_direct(message, Combine::copy) ? 0 : aligned(message.bytes);
    slot_bytes_ = std::max(slot_bytes_, bytes);
  }

  static int count(std::uint64_t bytes) {
    if (bytes > 0x7fffffff) throw Error("a message of 2 GiB or more: use more channels");
    return static_cast<int>(bytes);
  }

  /// Receives before sends, so that a message finds its place waiting.
  void post(std::size_t index) {
    Slot& slot = slots_[index];
    const Step& step = step_of(slot);
    const int tag = static_cast<int>(slot.channel);
    MPI_Request* request = requests_.data() + index * messages_;
    std::byte* staging = staging_.bytes().data() + index * slot_bytes_;
    for (const Message& message : step.receives) {
      std::byte* into = memory_.at(message.moves.front().to);
      if (!is_direct(message, message.combine)) {
        into = staging;
        staging += aligned(message.bytes);
      }
      mpi_call(MPI_Irecv(into, count(message.bytes), MPI_BYTE, message.peer, tag, communicator_, request++),
               "MPI_Irecv");
    }
    for (const Message& message : step.sends) {
      const std::byte* from = memory_.at(message.moves.front().from);
      if (!is_direct(message, Combine::copy)) {
        from = pack(message, staging);
        staging += aligned(message.bytes);
      }
      mpi_call(MPI_Isend(from, count(message.bytes), MPI_BYTE, message.peer, tag, communicator_, request++),
               "MPI_Isend");
    }
    slot.open = step.receives.size() + step.sends.size();
    slot.unpacked = 0;
    slot.arrived.assign(step.receives.size(), false);
  }

  const std::byte* pack(const Message& message, std::byte* staging) const {
    std::uint64_t offset = 0;
    for (const Move& move : message.moves) {
      std::memcpy(staging + offset, memory_.at(move.from), move.bytes);
      offset += move.bytes;
    }
    return staging;
  }

  /// Message `number` of the slot's step is complete; true when its whole channel is.
  bool complete(std::size_t index, std::size_t number) {
    Slot& slot = slots_[index];
    const Step& step = step_of(slot);
    if (number < step.receives.size()) slot.arrived[number] = true;
    // In the order of the schedule, because one receive may add to what the one before it made.
    for (; slot.unpacked < step.receives.size() && slot.arrived[slot.unpacked]; ++slot.unpacked) {
      unpack(index, slot.unpacked);
    }
    if (--slot.open > 0) return false;
    if (++slot.step == program_.channels[slot.channel].size()) return true;
    post(index);
    return false;
  }

  void unpack(std::size_t index, std::size_t number) {
    const Step& step = step_of(slots_[index]);
    const Message& message = step.receives[number];
    if (!is_direct(message, message.combine)) {
      const std::byte* from = staging_.bytes().data() + index * slot_bytes_;
      for (std::size_t i = 0; i < number; ++i) {
        if (!is_direct(step.receives[i], step.receives[i].combine)) from += aligned(step.receives[i].bytes);
      }
      for (const Move& move : message.moves) {
        std::byte* to = memory_.at(move.to);
        if (message.combine == Combine::reduce) {
          reduce_({to, move.bytes}, {memory_.at(move.own), move.bytes}, {from, move.bytes}, type_);
        } else {
          std::memcpy(to, from, move.bytes);
        }
        from += move.bytes;
      }
    }
    if (tap_ != nullptr) tap_->delivered({memory_.at(message.moves.front().to), message.moves.front().bytes}, type_);
  }

  void copy(const std::vector<Move>& moves) const {
    for (const Move& move : moves) {
      if (memory_.at(move.to) != memory_.at(move.from))
        std::memcpy(memory_.at(move.to), memory_.at(move.from), move.bytes);
    }
  }

  MPI_Comm communicator_;
  Program program_;
  RankMemory memory_;
  ElementType type_;
  ReduceFunction reduce_;
  Tap* tap_;
  std::size_t messages_ = 0;           ///< of the largest step
  std::uint64_t slot_bytes_ = 0;       ///< staging of the largest step
  std::vector<MPI_Request> requests_;  ///< [slot][message]: receives, then sends
  std::vector<int> done_;
  HostBuffer staging_;  ///< [slot]: packed messages and incoming terms of sums
  std::vector<Slot> slots_;
};

class MpiTransport final : public Transport {
 public:
  MpiTransport(Team& team, ReduceFunction reduce) : Transport(team), reduce_(reduce) {
    mpi_call(MPI_Comm_dup(communicator_of(team), &communicator_), "MPI_Comm_dup");
  }
  /// After an error the other ranks never come to free it with us: leave it to MPI_Abort.
  ~MpiTransport() override {
    if (std::uncaught_exceptions() == 0) MPI_Comm_free(&communicator_);
  }

  TransportKind kind() const override { return TransportKind::mpi; }

  std::unique_ptr<Execution> prepare(const Program& program, const RankMemory& memory, ElementType type,
                                     Tap* tap) override {
    return std::make_unique<MpiExecution>(communicator_, program, memory, type, reduce_, tap);
  }

  std::variant<std::unique_ptr<Execution>, Unsupported> prepare_native(const Problem& problem,
                                                                       const RankMemory& memory) override {
    return make_mpi_native(communicator_, problem, memory);
  }

 private:
  std::span<std::byte> arena(std::uint64_t bytes) override {
    if (memory_.bytes().size() < bytes) memory_ = HostBuffer(Bytes{bytes});
    return memory_.bytes();
  }

  ReduceFunction reduce_;
  MPI_Comm communicator_ = MPI_COMM_NULL;
  HostBuffer memory_;
};

}  // namespace

std::variant<std::unique_ptr<Transport>, Unsupported> make_mpi_transport(Team& team, const ReduceKernels& reduce) {
  if (communicator_of(team) == MPI_COMM_NULL) {
    return Unsupported{"mpi needs ranks started by an MPI launcher (mpirun or srun)"};
  }
  return std::make_unique<MpiTransport>(team, reduce.host);
}

}  // namespace muster
