// SPDX-License-Identifier: Apache-2.0
// Operations of the transport `nccl`: what both kinds share (launch, graph, waiting, timing), and their makers.
#pragma once

#include <nccl.h>

#include <array>
#include <memory>
#include <string>

#include "collectives/transports/nccl_communicators.hpp"
#include "collectives/transports/transport.hpp"
#include "core/cuda.hpp"

namespace muster {

/// [slot]: one for each channel in flight. Operations begin and end on the first.
using NcclStreams = std::array<CudaStream, kChannelsInFlight>;

/// What a transport lends to its operations; it outlives them.
struct NcclLoan {
  Team& team;
  NcclCommunicators& communicators;
  const NcclStreams& streams;
  GpuOptions options;
  Tap* tap = nullptr;
};

class NcclExecution : public Execution {
 public:
  void run() final;
  std::vector<Seconds> stream(int count) final;

 protected:
  NcclExecution(const NcclLoan& loan, const RankMemory& memory, ElementType type, const char* call)
      : loan_(loan), memory_(memory), type_(type), call_(call) {}

  /// Queues one operation: it begins after what was on the first stream and has ended when the first stream goes on.
  virtual void queue() = 0;

  /// To be called once all members are there. Runs the operation once (NCCL connects peers at the first call, which a
  /// graph could not hold) and makes the graph if the options ask for one. Collective.
  void make_ready();

  NcclCommunicators& communicators() const { return loan_.communicators; }
  cudaStream_t stream_of(std::size_t slot) const { return loan_.streams[slot].get(); }
  const RankMemory& memory() const { return memory_; }
  ElementType type() const { return type_; }
  /// ", CUDA graph, registered buffers": what the options add to the configuration.
  std::string options_text() const;

 private:
  void launch();

  NcclLoan loan_;
  RankMemory memory_;
  ElementType type_;
  const char* call_;
  std::optional<CudaGraph> graph_;
};

/// Our schedule by grouped sends and receives, sums by `reduce`. Collective.
std::unique_ptr<Execution> make_nccl_schedule(const NcclLoan& loan, const Program& program, const RankMemory& memory,
                                              ElementType type, DeviceReduceFunction reduce);

/// NCCL's own collective. Collective.
std::unique_ptr<Execution> make_nccl_native(const NcclLoan& loan, const Problem& problem, const RankMemory& memory,
                                            int rank);

/// Why NCCL cannot do this at all; nullopt when it can. Sums of fp8 need NCCL 2.24 and GPUs of compute capability 9.0
/// on all ranks; `least_capability` is times ten.
std::optional<std::string> nccl_refusal(const Problem& problem, int version, int least_capability);

}  // namespace muster
