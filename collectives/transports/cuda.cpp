// SPDX-License-Identifier: Apache-2.0
// Transport `cuda`: ranks are threads of one process, their memory lies on GPUs (several ranks may share one), and an
// operation of all of them is one CUDA graph, which rank 0 launches. The target of a transfer pulls: it copies from, or
// adds straight out of, the source's memory.
#include "core/cuda.hpp"

#include <algorithm>
#include <set>

#include "collectives/gpu_binding.hpp"
#include "collectives/transports/gpu_graph.hpp"
#include "collectives/transports/gpu_memory.hpp"
#include "collectives/transports/gpu_plan.hpp"
#include "collectives/transports/transports.hpp"

namespace muster {
namespace {

/// What only rank 0 has.
struct Launcher {
  CudaGraph graph;
  CudaStream stream;
};

class CudaExecution final : public Execution {
 public:
  CudaExecution(Team& team, std::optional<Launcher> launcher, DeviceBuffer staging, const RankMemory& memory,
                ElementType type, Tap* tap, std::string configuration)
      : team_(team),
        launcher_(std::move(launcher)),
        staging_(std::move(staging)),
        memory_(memory),
        type_(type),
        tap_(tap),
        configuration_(std::move(configuration)) {}

  void run() override {
    team_.barrier();
    if (launcher_) {
      launcher_->graph.launch(launcher_->stream.get());
      launcher_->stream.wait();
    }
    team_.barrier();
    deliver_output(tap_, memory_, type_);
  }

  std::vector<Seconds> stream(int count) override {
    team_.barrier();
    std::vector<double> seconds(static_cast<std::size_t>(count));
    if (launcher_) {
      std::vector<CudaEvent> ends;  // ends[0]: the start
      for (int i = 0; i <= count; ++i) ends.emplace_back(Timing::enabled);
      for (std::size_t i = 0; i < ends.size(); ++i) {
        if (i > 0) launcher_->graph.launch(launcher_->stream.get());
        ends[i].record(launcher_->stream.get());
      }
      launcher_->stream.wait();
      for (std::size_t i = 0; i < seconds.size(); ++i) seconds[i] = between(ends[i], ends[i + 1]).value;
    }
    team_.broadcast(std::as_writable_bytes(std::span(seconds)), 0);
    std::vector<Seconds> durations;
    for (const double each : seconds) durations.push_back({each});
    return durations;
  }

  std::string configuration() const override { return configuration_; }

 private:
  Team& team_;
  std::optional<Launcher> launcher_;
  DeviceBuffer staging_;
  RankMemory memory_;
  ElementType type_;
  Tap* tap_;
  std::string configuration_;
};

class CudaTransport final : public Transport {
 public:
  CudaTransport(Team& team, std::vector<int> ordinals, std::vector<int> unreadable, DeviceReduceFunction reduce)
      : Transport(team), ordinals_(std::move(ordinals)), unreadable_(std::move(unreadable)), reduce_(reduce) {}

  TransportKind kind() const override { return TransportKind::cuda; }
  void store(std::span<std::byte> rank_memory, std::span<const std::byte> host) const override {
    copy_to_gpu(rank_memory, host);
  }
  void load(std::span<std::byte> host, std::span<const std::byte> rank_memory) const override {
    copy_to_host(host, rank_memory);
  }

  std::unique_ptr<Execution> prepare(const Program& program, const RankMemory& memory, ElementType type,
                                     Tap* tap) override {
    DeviceBuffer staging = make_agreed_buffer(team(), Bytes{staging_bytes(program, unreadable_)});
    const GpuRank mine{&program, memory, staging.bytes(), unreadable_};
    // One process: what a rank points to, all can read, until the barrier below.
    const std::vector<const GpuRank*> pointers = all_gather(team(), &mine);
    std::optional<Launcher> launcher;
    std::string configuration;
    if (team().rank() == 0) {
      std::vector<GpuRank> ranks;
      for (const GpuRank* rank : pointers) ranks.push_back(*rank);
      const GpuPlan plan = plan_gpu(ranks);
      launcher.emplace(make_gpu_graph(plan, ordinals_, type, reduce_));
      configuration = describe(program, plan);
    }
    team().barrier();
    return std::make_unique<CudaExecution>(team(), std::move(launcher), std::move(staging), memory, type, tap,
                                           all_gather(team(), configuration).front());
  }

 private:
  std::span<std::byte> arena(std::uint64_t bytes) override { return arena_.at_least(team(), bytes); }

  std::string describe(const Program& program, const GpuPlan& plan) const {
    const std::set<int> gpus(ordinals_.begin(), ordinals_.end());
    const std::size_t channels = program.channels.size();
    return std::to_string(channels) + (channels == 1 ? " channel" : " channels") + ", one CUDA graph of " +
           std::to_string(plan.size()) + " nodes on " + std::to_string(gpus.size()) +
           (gpus.size() == 1 ? " GPU, " : " GPUs, ") + format_size(memory_traffic(plan)) + " read and written";
  }

  std::vector<int> ordinals_;    ///< [rank]
  std::vector<int> unreadable_;  ///< ranks whose GPU this one cannot read
  DeviceReduceFunction reduce_;
  GpuArena arena_;
};

/// Whether kernels on GPU `mine` may load from GPU `other`; makes it so where it can be.
bool open_peer(int mine, int other) {
  if (mine == other) return true;
  int possible = 0;
  check_cuda(cudaDeviceCanAccessPeer(&possible, mine, other), "cudaDeviceCanAccessPeer");
  if (possible == 0) return false;
  const cudaError_t status = cudaDeviceEnablePeerAccess(other, 0);
  if (status == cudaErrorPeerAccessAlreadyEnabled) {
    cudaGetLastError();
    return true;
  }
  check_cuda(status, "cudaDeviceEnablePeerAccess");
  return true;
}

}  // namespace

std::variant<std::unique_ptr<Transport>, Unsupported> make_cuda_transport(Team& team, const ReduceKernels& reduce) {
  if (!team.one_process()) return Unsupported{"the ranks are processes of their own; cuda needs --launcher threads"};
  auto bound = bind_gpu(team);
  if (const auto* missing = std::get_if<Unsupported>(&bound)) return *missing;
  const int mine = std::get<GpuBinding>(bound).gpu.ordinal;
  const std::vector<int> ordinals = all_gather(team, mine);
  std::vector<int> unreadable;
  for (std::size_t rank = 0; rank < ordinals.size(); ++rank) {
    if (!open_peer(mine, ordinals[rank])) unreadable.push_back(static_cast<int>(rank));
  }
  return std::make_unique<CudaTransport>(team, ordinals, std::move(unreadable), reduce.device);
}

}  // namespace muster
