// SPDX-License-Identifier: Apache-2.0
// Owners of what the CUDA runtime hands out, and its errors as ours. Included by sources that are compiled with CUDA.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "core/units.hpp"

namespace muster {

/// Throws Error "what: text; what to do" unless `status` is success; a sticky error is cleared, so that the next call
/// reports its own. `what` names the call and what it was for.
void check_cuda(cudaError_t status, const std::string& what);

/// Why `status` may have come and what to do, for the statuses that users meet; empty for the others.
std::string advice_for(cudaError_t status);

/// Owner of memory on the GPU that was current when it was made. Not zeroed.
class DeviceBuffer {
 public:
  DeviceBuffer() = default;
  /// Throws Error naming the size and what is free.
  explicit DeviceBuffer(Bytes size);
  std::span<std::byte> bytes() const { return {memory_.get(), size_}; }
  std::byte* data() const { return memory_.get(); }

 private:
  struct Free {
    void operator()(std::byte* memory) const { cudaFree(memory); }
  };
  std::unique_ptr<std::byte, Free> memory_;
  std::size_t size_ = 0;
};

/// A stream that does not wait for the legacy default stream.
class CudaStream {
 public:
  CudaStream();
  ~CudaStream();
  CudaStream(CudaStream&& other) noexcept : stream_(std::exchange(other.stream_, nullptr)) {}
  CudaStream& operator=(CudaStream&& other) noexcept {
    std::swap(stream_, other.stream_);
    return *this;
  }
  cudaStream_t get() const { return stream_; }
  /// Returns when everything queued has ended.
  void wait() const;

 private:
  cudaStream_t stream_ = nullptr;
};

enum class Timing { disabled, enabled };

class CudaEvent {
 public:
  explicit CudaEvent(Timing timing);
  ~CudaEvent();
  CudaEvent(CudaEvent&& other) noexcept : event_(std::exchange(other.event_, nullptr)) {}
  CudaEvent& operator=(CudaEvent&& other) noexcept {
    std::swap(event_, other.event_);
    return *this;
  }
  cudaEvent_t get() const { return event_; }
  void record(cudaStream_t stream) const;

 private:
  cudaEvent_t event_ = nullptr;
};

/// Both recorded with timing and ended.
Seconds between(const CudaEvent& first, const CudaEvent& second);

/// A graph made ready to be launched many times.
class CudaGraph {
 public:
  CudaGraph() = default;
  /// Takes over what is in `graph` (and destroys it), for the devices of its nodes.
  explicit CudaGraph(cudaGraph_t graph);
  void launch(cudaStream_t stream) const;

 private:
  struct Destroy {
    void operator()(cudaGraphExec_t graph) const { cudaGraphExecDestroy(graph); }
  };
  std::unique_ptr<CUgraphExec_st, Destroy> graph_;
};

/// Captures what `queue(stream)` queues.
template <typename Queue>
CudaGraph captured(cudaStream_t stream, Queue queue) {
  check_cuda(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "cudaStreamBeginCapture");
  cudaGraph_t graph = nullptr;
  try {
    queue(stream);
  } catch (...) {
    cudaStreamEndCapture(stream, &graph);
    if (graph != nullptr) cudaGraphDestroy(graph);
    throw;
  }
  check_cuda(cudaStreamEndCapture(stream, &graph), "cudaStreamEndCapture");
  return CudaGraph(graph);
}

/// Makes a GPU current for this thread, and the former one again at the end.
class CurrentGpu {
 public:
  explicit CurrentGpu(int ordinal);
  ~CurrentGpu();
  CurrentGpu(const CurrentGpu&) = delete;
  CurrentGpu& operator=(const CurrentGpu&) = delete;

 private:
  int former_ = 0;
};

}  // namespace muster
