// SPDX-License-Identifier: Apache-2.0
#include "collectives/transports/gpu_memory.hpp"

#include <algorithm>

#include "core/error.hpp"

namespace muster {
namespace {

/// cudaMemset returns before it has ended, and cudaMemcpy from pageable memory before the last bytes have arrived (CUDA
/// Runtime API, "API synchronization behavior"); our streams do not wait for the default stream, so we do.
void finish_default_stream(const char* what) { check_cuda(cudaStreamSynchronize(cudaStreamLegacy), what); }

}  // namespace

void agree_on_room(Team& team, const std::string& failure) {
  const std::vector<std::string> failures = all_gather(team, failure);
  const auto failed = std::ranges::find_if(failures, [](const std::string& text) { return !text.empty(); });
  if (failed == failures.end()) return;
  throw NoRoom("rank " + std::to_string(failed - failures.begin()) + ": " + *failed);
}

DeviceBuffer make_agreed_buffer(Team& team, Bytes size) {
  DeviceBuffer buffer;
  std::string failure;
  try {
    buffer = DeviceBuffer(size);
  } catch (const Error& error) {
    failure = error.what();
  }
  agree_on_room(team, failure);
  return buffer;
}

std::span<std::byte> GpuArena::at_least(Team& team, std::uint64_t bytes) {
  const std::vector<std::uint64_t> missing = all_gather(team, bytes > memory_.bytes().size() ? bytes : 0);
  if (std::ranges::all_of(missing, [](std::uint64_t each) { return each == 0; })) return memory_.bytes();
  const std::uint64_t size = std::max<std::uint64_t>(bytes, memory_.bytes().size());
  memory_ = DeviceBuffer();  // the old block makes room for the new one
  memory_ = make_agreed_buffer(team, Bytes{size});
  fill_with_zeros(memory_.bytes());
  return memory_.bytes();
}

void copy_to_gpu(std::span<std::byte> gpu, std::span<const std::byte> host) {
  MUSTER_ASSERT(gpu.size() == host.size());
  if (gpu.empty()) return;
  check_cuda(cudaMemcpy(gpu.data(), host.data(), host.size(), cudaMemcpyHostToDevice), "cudaMemcpy to the GPU");
  finish_default_stream("cudaMemcpy to the GPU");
}

void copy_to_host(std::span<std::byte> host, std::span<const std::byte> gpu) {
  MUSTER_ASSERT(gpu.size() == host.size());
  if (gpu.empty()) return;
  check_cuda(cudaMemcpy(host.data(), gpu.data(), gpu.size(), cudaMemcpyDeviceToHost), "cudaMemcpy from the GPU");
}

void fill_with_zeros(std::span<std::byte> gpu) {
  if (gpu.empty()) return;
  check_cuda(cudaMemset(gpu.data(), 0, gpu.size()), "cudaMemset");
  finish_default_stream("cudaMemset");
}

void deliver_output(Tap* tap, const RankMemory& memory, ElementType type) {
  if (tap == nullptr || memory.output.empty()) return;
  std::vector<std::byte> host(memory.output.size());
  copy_to_host(host, memory.output);
  tap->delivered(host, type);
  copy_to_gpu(memory.output, host);
}

}  // namespace muster
