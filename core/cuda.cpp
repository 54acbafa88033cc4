// SPDX-License-Identifier: Apache-2.0
#include "core/cuda.hpp"

#include "core/error.hpp"

namespace muster {

std::string advice_for(cudaError_t status) {
  switch (status) {
    case cudaErrorNoDevice:
      return "none is visible; see whether nvidia-smi lists one and what CUDA_VISIBLE_DEVICES says";
    case cudaErrorInsufficientDriver:
      return "the NVIDIA driver is missing or older than this program's CUDA: update the driver or build with an older "
             "toolkit";
    case cudaErrorMemoryAllocation:
      return "the GPU has too little free memory: end what else runs on it (nvidia-smi), or choose smaller cases";
    case cudaErrorDevicesUnavailable:
      return "the GPU is in use by another process in exclusive mode: nvidia-smi -q -d COMPUTE";
    case cudaErrorNoKernelImageForDevice:
      return "this program holds no code for this GPU: build it with CMAKE_CUDA_ARCHITECTURES for it";
    case cudaErrorECCUncorrectable:
      return "uncorrectable memory error: see nvidia-smi -q -d ECC and replace or reset the GPU";
    case cudaErrorNvlinkUncorrectable:
      return "uncorrectable NVLink error: see nvidia-smi nvlink -e";
    case cudaErrorLaunchFailure:
    case cudaErrorIllegalAddress:
    case cudaErrorIllegalInstruction:
      return "a kernel went wrong: run it under compute-sanitizer, and see dmesg for XID messages";
    case cudaErrorDeviceUninitialized:
    case cudaErrorUnknown:
    case cudaErrorSystemNotReady:
      return "the GPU or its fabric manager is not ready: see dmesg for XID messages and nvidia-smi -q";
    default:
      return "";
  }
}

void check_cuda(cudaError_t status, const std::string& what) {
  if (status == cudaSuccess) return;
  cudaGetLastError();
  const std::string advice = advice_for(status);
  throw Error(what + ": " + cudaGetErrorString(status) + (advice.empty() ? "" : "; " + advice));
}

DeviceBuffer::DeviceBuffer(Bytes size) {
  if (size.value == 0) return;
  void* memory = nullptr;
  const cudaError_t status = cudaMalloc(&memory, size.value);
  if (status == cudaErrorMemoryAllocation) {
    cudaGetLastError();
    std::size_t free = 0, all = 0;
    cudaMemGetInfo(&free, &all);
    throw Error("no " + format_size(size) + " of GPU memory: " + format_size(Bytes{free}) + " of " +
                format_size(Bytes{all}) + " are free; end what else runs on this GPU, or choose smaller cases");
  }
  check_cuda(status, "cudaMalloc");
  memory_.reset(static_cast<std::byte*>(memory));
  size_ = size.value;
}

CudaStream::CudaStream() {
  check_cuda(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreateWithFlags");
}

CudaStream::~CudaStream() {
  if (stream_ != nullptr) cudaStreamDestroy(stream_);
}

void CudaStream::wait() const { check_cuda(cudaStreamSynchronize(stream_), "cudaStreamSynchronize"); }

CudaEvent::CudaEvent(Timing timing) {
  const unsigned flags = timing == Timing::enabled ? cudaEventDefault : cudaEventDisableTiming;
  check_cuda(cudaEventCreateWithFlags(&event_, flags), "cudaEventCreateWithFlags");
}

CudaEvent::~CudaEvent() {
  if (event_ != nullptr) cudaEventDestroy(event_);
}

void CudaEvent::record(cudaStream_t stream) const { check_cuda(cudaEventRecord(event_, stream), "cudaEventRecord"); }

Seconds between(const CudaEvent& first, const CudaEvent& second) {
  float milliseconds = 0;
  check_cuda(cudaEventElapsedTime(&milliseconds, first.get(), second.get()), "cudaEventElapsedTime");
  return {static_cast<double>(milliseconds) / 1e3};
}

CudaGraph::CudaGraph(cudaGraph_t graph) {
  cudaGraphExec_t ready = nullptr;
  const cudaError_t status = cudaGraphInstantiate(&ready, graph, 0);
  cudaGraphDestroy(graph);
  check_cuda(status, "cudaGraphInstantiate");
  graph_.reset(ready);
}

void CudaGraph::launch(cudaStream_t stream) const {
  check_cuda(cudaGraphLaunch(graph_.get(), stream), "cudaGraphLaunch");
}

CurrentGpu::CurrentGpu(int ordinal) {
  check_cuda(cudaGetDevice(&former_), "cudaGetDevice");
  check_cuda(cudaSetDevice(ordinal), "cudaSetDevice(" + std::to_string(ordinal) + ")");
}

CurrentGpu::~CurrentGpu() { cudaSetDevice(former_); }

}  // namespace muster
