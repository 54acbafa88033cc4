// SPDX-License-Identifier: Apache-2.0
// Transport `nccl`: transfers as grouped ncclSend/ncclRecv over GPU memory, one stream per channel in flight, sums by
// our reduce kernel on the same stream; NCCL's own collectives are the subject `native`. One GPU per rank.
#include <cuda_runtime_api.h>
#include <nccl.h>

#include <algorithm>
#include <array>

#include "collectives/transports/transports.hpp"
#include "core/error.hpp"

namespace muster {
namespace {

void cuda_call(cudaError_t status, const char* what) {
  if (status == cudaSuccess) return;
  cudaGetLastError();  // clears a sticky error, so that the next call reports its own
  throw Error(std::string(what) + ": " + cudaGetErrorString(status));
}

void nccl_call(ncclResult_t status, const char* what) {
  if (status != ncclSuccess) throw Error(std::string(what) + ": " + ncclGetErrorString(status));
}

ncclDataType_t datatype_of(ElementType type) {
  switch (type) {
    case ElementType::int8:
      return ncclInt8;
    case ElementType::uint8:
      return ncclUint8;
    case ElementType::int32:
      return ncclInt32;
    case ElementType::uint32:
      return ncclUint32;
    case ElementType::int64:
      return ncclInt64;
    case ElementType::uint64:
      return ncclUint64;
    case ElementType::float16:
      return ncclFloat16;
    case ElementType::float32:
      return ncclFloat32;
    case ElementType::float64:
      return ncclFloat64;
    case ElementType::bfloat16:
      return ncclBfloat16;
  }
  throw Error("an element type that NCCL does not have");
}

/// Owner of one allocation on the current GPU.
class DeviceBuffer {
 public:
  DeviceBuffer() = default;
  explicit DeviceBuffer(std::uint64_t bytes) : size_(bytes) {
    void* memory = nullptr;
    cuda_call(cudaMalloc(&memory, bytes), "cudaMalloc");
    memory_.reset(static_cast<std::byte*>(memory));
  }
  std::span<std::byte> bytes() const { return {memory_.get(), size_}; }

 private:
  struct Free {
    void operator()(std::byte* memory) const { cudaFree(memory); }
  };
  std::unique_ptr<std::byte, Free> memory_;
  std::uint64_t size_ = 0;
};

class Stream {
 public:
  Stream() { cuda_call(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreateWithFlags"); }
  ~Stream() { cudaStreamDestroy(stream_); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  cudaStream_t get() const { return stream_; }
  void wait() const { cuda_call(cudaStreamSynchronize(stream_), "cudaStreamSynchronize"); }

 private:
  cudaStream_t stream_ = nullptr;
};

/// A communicator per channel in flight: NCCL runs the operations of one communicator in order, whatever their stream.
class Communicators {
 public:
  explicit Communicators(Team& team) {
    for (ncclComm_t& communicator : all_) {
      ncclUniqueId id{};
      if (team.rank() == 0) nccl_call(ncclGetUniqueId(&id), "ncclGetUniqueId");
      const ncclUniqueId agreed_id = agree(team, id);
      nccl_call(ncclCommInitRank(&communicator, team.ranks(), agreed_id, team.rank()), "ncclCommInitRank");
    }
  }
  ~Communicators() {
    for (ncclComm_t communicator : all_) ncclCommDestroy(communicator);
  }
  Communicators(const Communicators&) = delete;
  Communicators& operator=(const Communicators&) = delete;
  ncclComm_t of(std::size_t slot) const { return all_[slot]; }

 private:
  std::array<ncclComm_t, kChannelsInFlight> all_{};
};

class NcclExecution final : public Execution {
 public:
  NcclExecution(const Communicators& communicators, const std::array<Stream, kChannelsInFlight>& streams,
                const Program& program, const RankMemory& memory, ElementType type, DeviceReduceFunction reduce)
      : communicators_(communicators),
        streams_(streams),
        program_(program),
        memory_(memory),
        type_(type),
        reduce_(reduce) {
    std::uint64_t staging = 0;
    for (const std::vector<Step>& steps : program_.channels) {
      for (const Step& step : steps) {
        std::uint64_t bytes = 0;
        for (const Message& message : step.receives) bytes += message.bytes;
        staging = std::max(staging, bytes);
      }
    }
    for (DeviceBuffer& buffer : staging_) buffer = DeviceBuffer(std::max<std::uint64_t>(staging, 1));
  }

  /// Steps are queued in the same order on all ranks (channel by channel), so that grouped operations always meet.
  void run() override {
    for (const Move& copy : program_.own_copies) copy_on(0, memory_.at(copy.to), memory_.at(copy.from), copy.bytes);
    for (std::size_t channel = 0; channel < program_.channels.size(); ++channel) {
      const std::size_t slot = channel % kChannelsInFlight;
      for (const Step& step : program_.channels[channel]) queue(step, slot);
      for (const Move& copy : program_.closing_copies[channel]) {
        copy_on(slot, memory_.at(copy.to), memory_.at(copy.from), copy.bytes);
      }
    }
    for (const Stream& stream : streams_) stream.wait();
  }

  std::string configuration() const override {
    return std::to_string(program_.channels.size()) + " channels, grouped ncclSend/ncclRecv";
  }

 private:
  void queue(const Step& step, std::size_t slot) {
    const ncclComm_t communicator = communicators_.of(slot);
    const cudaStream_t stream = streams_[slot].get();
    nccl_call(ncclGroupStart(), "ncclGroupStart");
    for (const Message& message : step.sends) {
      for (const Move& move : message.moves) {
        nccl_call(ncclSend(memory_.at(move.from), move.bytes, ncclInt8, message.peer, communicator, stream),
                  "ncclSend");
      }
    }
    std::byte* staging = staging_[slot].bytes().data();
    for (const Message& message : step.receives) {
      for (const Move& move : message.moves) {
        std::byte* into = message.combine == Combine::reduce ? staging : memory_.at(move.to);
        nccl_call(ncclRecv(into, move.bytes, ncclInt8, message.peer, communicator, stream), "ncclRecv");
        if (message.combine == Combine::reduce) staging += move.bytes;
      }
    }
    nccl_call(ncclGroupEnd(), "ncclGroupEnd");
    staging = staging_[slot].bytes().data();
    for (const Message& message : step.receives) {
      if (message.combine == Combine::copy) continue;
      for (const Move& move : message.moves) {
        reduce_(memory_.at(move.to), memory_.at(move.own), staging, Bytes{move.bytes}, type_, stream);
        staging += move.bytes;
      }
    }
  }

  void copy_on(std::size_t slot, std::byte* to, const std::byte* from, std::uint64_t bytes) {
    if (to == from) return;
    cuda_call(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, streams_[slot].get()), "cudaMemcpyAsync");
  }

  const Communicators& communicators_;
  const std::array<Stream, kChannelsInFlight>& streams_;
  Program program_;
  RankMemory memory_;
  ElementType type_;
  DeviceReduceFunction reduce_;
  std::array<DeviceBuffer, kChannelsInFlight> staging_;  ///< [slot]: incoming terms of sums, on the GPU
};

class NcclNative final : public Execution {
 public:
  NcclNative(ncclComm_t communicator, const Stream& stream, const Problem& problem, const RankMemory& memory)
      : communicator_(communicator),
        stream_(stream),
        problem_(problem),
        memory_(memory),
        type_(datatype_of(problem.type)) {
    nccl_call(ncclCommUserRank(communicator, &rank_), "ncclCommUserRank");
  }

  void run() override {
    nccl_call(queue(), "NCCL collective");
    stream_.wait();
  }

  std::string configuration() const override {
    int version = 0;
    ncclGetVersion(&version);
    return "NCCL " + std::to_string(version) + " collective";
  }

 private:
  ncclResult_t queue() {
    const void* in = memory_.input.data();
    void* out = memory_.output.data();
    const std::size_t count = problem_.count;
    const cudaStream_t stream = stream_.get();
    switch (problem_.collective) {
      case Collective::all_reduce:
        return ncclAllReduce(in, out, count, type_, ncclSum, communicator_, stream);
      case Collective::all_gather:
        return ncclAllGather(in, out, count, type_, communicator_, stream);
      case Collective::reduce_scatter:
        return ncclReduceScatter(in, out, count, type_, ncclSum, communicator_, stream);
      case Collective::broadcast:
        return ncclBroadcast(in, out, count, type_, problem_.root, communicator_, stream);
      case Collective::reduce:
        return ncclReduce(in, out, count, type_, ncclSum, problem_.root, communicator_, stream);
      case Collective::all_to_all:
      case Collective::all_to_allv:
      case Collective::send_recv:
        return point_to_point();
    }
    return ncclInvalidUsage;
  }

  /// NCCL has no call for these; one group of sends and receives is what nccl-tests measures for them.
  ncclResult_t point_to_point() {
    ncclGroupStart();
    for (int block = 0; block < block_count(problem_.collective, problem_.ranks); ++block) {
      for (int peer = 0; peer < problem_.ranks; ++peer) {
        if (contributes(problem_, rank_, block) && needs(problem_, peer, block)) {
          const ElementRange range = input_range(problem_, rank_, block);
          ncclSend(memory_.input.data() + range.first * size_of(problem_.type), range.count, type_, peer, communicator_,
                   stream_.get());
        }
        if (needs(problem_, rank_, block) && contributes(problem_, peer, block)) {
          const ElementRange range = output_range(problem_, rank_, block);
          ncclRecv(memory_.output.data() + range.first * size_of(problem_.type), range.count, type_, peer,
                   communicator_, stream_.get());
        }
      }
    }
    return ncclGroupEnd();
  }

  ncclComm_t communicator_;
  const Stream& stream_;
  Problem problem_;
  RankMemory memory_;
  ncclDataType_t type_;
  int rank_ = 0;
};

class NcclTransport final : public Transport {
 public:
  NcclTransport(Team& team, DeviceReduceFunction reduce) : Transport(team), reduce_(reduce), communicators_(team) {}

  TransportKind kind() const override { return TransportKind::nccl; }

  void store(std::span<std::byte> rank_memory, std::span<const std::byte> host) const override {
    cuda_call(cudaMemcpy(rank_memory.data(), host.data(), host.size(), cudaMemcpyHostToDevice), "cudaMemcpy");
  }
  void load(std::span<std::byte> host, std::span<const std::byte> rank_memory) const override {
    cuda_call(cudaMemcpy(host.data(), rank_memory.data(), host.size(), cudaMemcpyDeviceToHost), "cudaMemcpy");
  }

  std::unique_ptr<Execution> prepare(const Program& program, const RankMemory& memory, ElementType type,
                                     Tap*) override {
    return std::make_unique<NcclExecution>(communicators_, streams_, program, memory, type, reduce_);
  }

  std::variant<std::unique_ptr<Execution>, Unsupported> prepare_native(const Problem& problem,
                                                                       const RankMemory& memory) override {
    return std::make_unique<NcclNative>(communicators_.of(0), streams_[0], problem, memory);
  }

 private:
  std::span<std::byte> arena(std::uint64_t bytes) override {
    if (memory_.bytes().size() < bytes) memory_ = DeviceBuffer(bytes);
    return memory_.bytes();
  }

  DeviceReduceFunction reduce_;
  Communicators communicators_;
  std::array<Stream, kChannelsInFlight> streams_;
  DeviceBuffer memory_;
};

}  // namespace

std::variant<std::unique_ptr<Transport>, Unsupported> make_nccl_transport(Team& team, const ReduceKernels& reduce) {
  if (team.one_process()) return Unsupported{"nccl needs one process per rank; start them with mpirun or srun"};
  int devices = 0;
  const bool has_device = cudaGetDeviceCount(&devices) == cudaSuccess && devices > 0;
  cudaGetLastError();
  // Ranks of a host take its GPUs in order; which ranks share a host is the team's knowledge, not the environment's.
  const int on_my_host = local_rank(team);
  const std::vector<char> usable = all_gather(team, static_cast<char>(has_device && on_my_host < devices));
  if (!std::ranges::all_of(usable, [](char yes) { return yes != 0; })) {
    return Unsupported{"not every rank has a CUDA device of its own"};
  }
  cuda_call(cudaSetDevice(on_my_host), "cudaSetDevice");
  return std::make_unique<NcclTransport>(team, reduce.device);
}

}  // namespace muster
