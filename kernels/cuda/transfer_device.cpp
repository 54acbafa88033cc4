// SPDX-License-Identifier: Apache-2.0
// Transfers over a link: between two GPUs of a host, or a GPU and host memory of a NUMA node.
#include <algorithm>
#include <optional>
#include <vector>

#include "core/cuda.hpp"
#include "kernels/cuda/memory_pass.hpp"
#include "kernels/cuda/node_memory.hpp"
#include "kernels/cuda/transfer_plan.hpp"
#include "kernels/device_kernel.hpp"

namespace muster {
namespace {

/// Locks pages in place, so that GPUs reach them at full speed.
class PageLock {
 public:
  PageLock() = default;
  PageLock(const NodeMemory& memory, Bytes size) {
    check_cuda(cudaHostRegister(memory.data(), size.value, cudaHostRegisterPortable | cudaHostRegisterMapped),
               "cudaHostRegister of " + format_size(size) + " on " + memory.place());
    locked_.reset(memory.data());
  }

 private:
  struct Unlock {
    void operator()(std::byte* memory) const { cudaHostUnregister(memory); }
  };
  std::unique_ptr<std::byte, Unlock> locked_;
};

/// Memory at one end, and its address for kernels, which may differ from the host's.
struct EndMemory {
  DeviceBuffer on_gpu;
  NodeMemory on_host;
  PageLock lock;  // after the pages: it ends before they do
  std::byte* data = nullptr;
  std::byte* for_kernels = nullptr;
};

EndMemory memory_of_gpu(int gpu, Bytes size) {
  const CurrentGpu current(gpu);
  EndMemory memory;
  memory.on_gpu = DeviceBuffer(size);
  memory.data = memory.for_kernels = memory.on_gpu.data();
  return memory;
}

std::variant<EndMemory, Unsupported> memory_of_node(int node, Bytes size, int gpu) {
  auto pages = NodeMemory::on_node(node, size);
  if (const auto* missing = std::get_if<Unsupported>(&pages)) return *missing;
  const CurrentGpu current(gpu);
  EndMemory memory;
  memory.on_host = std::get<NodeMemory>(std::move(pages));
  memory.lock = PageLock(memory.on_host, size);
  memory.data = memory.on_host.data();
  void* address = nullptr;
  check_cuda(cudaHostGetDevicePointer(&address, memory.data, 0), "cudaHostGetDevicePointer");
  memory.for_kernels = static_cast<std::byte*>(address);
  return memory;
}

/// Lets `gpu` reach the memory of `peer`. Copies work without, through host memory, but then it is not the link that is
/// measured.
std::optional<Unsupported> open_way(int gpu, int peer) {
  int possible = 0;
  check_cuda(cudaDeviceCanAccessPeer(&possible, gpu, peer), "cudaDeviceCanAccessPeer");
  if (possible == 0) {
    return Unsupported{"GPU " + std::to_string(gpu) + " has no peer access to GPU " + std::to_string(peer)};
  }
  const CurrentGpu current(gpu);
  const cudaError_t status = cudaDeviceEnablePeerAccess(peer, 0);
  if (status == cudaErrorPeerAccessAlreadyEnabled) {
    cudaGetLastError();
    return std::nullopt;
  }
  check_cuda(status, "cudaDeviceEnablePeerAccess");
  return std::nullopt;
}

class DeviceLink final : public DeviceTransfer {
 public:
  /// plan.gpu is current. `near` is its memory, `far` what it reaches over the link.
  DeviceLink(const LinkTransfer& transfer, const TransferPlan& plan, EndMemory near, EndMemory far)
      : transfer_(transfer),
        plan_(plan),
        near_(std::move(near)),
        far_(std::move(far)),
        data_{Pattern::entropy, transfer.seed, 1, ElementType::uint64},
        host_(plan.size.value) {}

  void enqueue(CUstream_st* stream) override {
    if (transfer_.method == LinkMethod::copy_engine) {
      check_cuda(cudaMemcpyAsync(target().data, source().data, plan_.size.value, cudaMemcpyDefault, stream),
                 "cudaMemcpyAsync over a link");
      return;
    }
    queue_pass({.access = MemoryAccess::copy,
                .target = target().for_kernels,
                .left = source().for_kernels,
                .bytes = plan_.size},
               stream);
  }

  Bytes bytes() const override { return plan_.size; }
  int gpu() const override { return plan_.gpu; }

  void reset() override {
    fill(host_, data_, 0, 0);
    copy(source().data, host_.data());
    std::ranges::fill(host_, std::byte{0xA5});
    copy(target().data, host_.data());
  }

  DataCheck check() override {
    copy(host_.data(), target().data);
    return verify(host_, data_, 0, 1, 0);
  }

  std::string configuration() const override {
    const std::string what = std::string(name_of(transfer_.method)) + " on GPU " + std::to_string(plan_.gpu);
    return plan_.node ? what + ", host memory on " + far_.on_host.place() : what;
  }

 private:
  const EndMemory& source() const { return plan_.gpu_is_source ? near_ : far_; }
  const EndMemory& target() const { return plan_.gpu_is_source ? far_ : near_; }

  /// Waits for its own stream only: another rank of this process may be capturing a graph on the same GPU.
  void copy(std::byte* to, const std::byte* from) const {
    const CurrentGpu current(plan_.gpu);
    check_cuda(cudaMemcpyAsync(to, from, host_.size(), cudaMemcpyDefault, stream_.get()), "cudaMemcpyAsync");
    stream_.wait();
  }

  LinkTransfer transfer_;
  TransferPlan plan_;
  EndMemory near_, far_;
  DataSpec data_;
  std::vector<std::byte> host_;
  CudaStream stream_;  ///< of plan.gpu, for what is not timed
};

}  // namespace

MadeDeviceTransfer make_link_transfer(const LinkTransfer& transfer) {
  int gpus = 0;
  check_cuda(cudaGetDeviceCount(&gpus), "cudaGetDeviceCount");
  const auto planned = plan_transfer(transfer, gpus);
  if (const auto* missing = std::get_if<Unsupported>(&planned)) return *missing;
  const auto& plan = std::get<TransferPlan>(planned);
  if (plan.peer) {
    // Both ways: which side's engine copies is the driver's choice.
    if (const auto closed = open_way(plan.gpu, *plan.peer)) return *closed;
    if (const auto closed = open_way(*plan.peer, plan.gpu)) return *closed;
  }
  const CurrentGpu current(plan.gpu);
  // The GPU's memory first: what is too large fails there with a message, before the host runs short.
  EndMemory near = memory_of_gpu(plan.gpu, plan.size);
  if (!plan.node) {
    EndMemory far = memory_of_gpu(plan.peer.value_or(plan.gpu), plan.size);
    return std::make_unique<DeviceLink>(transfer, plan, std::move(near), std::move(far));
  }
  auto far = memory_of_node(*plan.node, plan.size, plan.gpu);
  if (const auto* missing = std::get_if<Unsupported>(&far)) return *missing;
  return std::make_unique<DeviceLink>(transfer, plan, std::move(near), std::get<EndMemory>(std::move(far)));
}

}  // namespace muster
