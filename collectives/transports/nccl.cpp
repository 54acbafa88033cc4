// SPDX-License-Identifier: Apache-2.0
// Transport `nccl`: transfers as grouped ncclSend/ncclRecv over GPU memory, one stream per channel in flight, sums by
// our reduce kernel on the same stream; NCCL's own collectives are the subject `native`. One GPU per rank; ranks are
// processes or threads of one.
#include <algorithm>

#include "collectives/gpu_binding.hpp"
#include "collectives/transports/gpu_memory.hpp"
#include "collectives/transports/nccl_execution.hpp"
#include "collectives/transports/nccl_memory.hpp"
#include "collectives/transports/transports.hpp"

namespace muster {
namespace {

class NcclTransport final : public Transport {
 public:
  NcclTransport(Team& team, std::shared_ptr<const NcclLibrary> library, int least_capability,
                DeviceReduceFunction reduce)
      : Transport(team),
        reduce_(reduce),
        least_capability_(least_capability),
        communicators_(team, std::move(library)),
        registered_(communicators_) {}

  TransportKind kind() const override { return TransportKind::nccl; }
  void store(std::span<std::byte> rank_memory, std::span<const std::byte> host) const override {
    copy_to_gpu(rank_memory, host);
  }
  void load(std::span<std::byte> host, std::span<const std::byte> rank_memory) const override {
    copy_to_host(host, rank_memory);
  }

  std::optional<Unsupported> choose(const GpuOptions& options) override {
    const bool possible = options.buffers == Buffers::plain || can_register(communicators_.nccl());
    const std::vector<char> possible_on = all_gather(team(), static_cast<char>(possible));
    if (!std::ranges::all_of(possible_on, [](char yes) { return yes != 0; })) {
      return Unsupported{"the NCCL of a rank cannot register buffers: install NCCL 2.19 or later"};
    }
    options_ = options;
    return std::nullopt;
  }

  std::unique_ptr<Execution> prepare(const Program& program, const RankMemory& memory, ElementType type,
                                     Tap* tap) override {
    return make_nccl_schedule(loan(tap), program, memory, type, reduce_);
  }

  std::variant<std::unique_ptr<Execution>, Unsupported> prepare_native(const Problem& problem,
                                                                       const RankMemory& memory) override {
    const auto refusal = nccl_refusal(problem, communicators_.nccl().version, least_capability_);
    if (refusal) return Unsupported{*refusal};
    return make_nccl_native(loan(nullptr), problem, memory, team().rank());
  }

 private:
  NcclLoan loan(Tap* tap) { return {team(), communicators_, streams_, options_, tap}; }

  std::span<std::byte> arena(std::uint64_t bytes) override {
    return options_.buffers == Buffers::registered ? registered_.at_least(team(), bytes)
                                                   : plain_.at_least(team(), bytes);
  }

  DeviceReduceFunction reduce_;
  int least_capability_;  ///< of all ranks' GPUs, times ten
  GpuOptions options_;
  NcclCommunicators communicators_;
  NcclStreams streams_;
  GpuArena plain_;
  NcclMemory registered_;
};

/// Collective: the library of this rank, or the first rank's reason why there is none.
std::variant<std::shared_ptr<const NcclLibrary>, Unsupported> agree_on_library(Team& team) {
  auto loaded = load_nccl();
  const auto* missing = std::get_if<Unsupported>(&loaded);
  for (const std::string& reason : all_gather(team, missing == nullptr ? std::string() : missing->reason)) {
    if (!reason.empty()) return Unsupported{reason};
  }
  // Threads share one environment, and the others wait at the barrier while it is changed.
  if (team.rank() == 0 || !team.one_process()) offer_nccl_profiler();
  team.barrier();
  return loaded;
}

}  // namespace

std::variant<std::unique_ptr<Transport>, Unsupported> make_nccl_transport(Team& team, const ReduceKernels& reduce) {
  auto bound = bind_gpu(team);
  if (const auto* missing = std::get_if<Unsupported>(&bound)) return *missing;
  const auto& binding = std::get<GpuBinding>(bound);
  if (const auto complaint = shared_gpu_complaint(binding.seats)) return Unsupported{*complaint};
  auto library = agree_on_library(team);
  if (const auto* missing = std::get_if<Unsupported>(&library)) return *missing;
  const std::vector<int> capabilities = all_gather(team, binding.gpu.compute_capability);
  return std::make_unique<NcclTransport>(team, std::get<std::shared_ptr<const NcclLibrary>>(library),
                                         *std::ranges::min_element(capabilities), reduce.device);
}

}  // namespace muster
