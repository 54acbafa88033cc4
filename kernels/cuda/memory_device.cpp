// SPDX-License-Identifier: Apache-2.0
// Streams over the memory of one GPU, and the sum of two vectors in it.
#include <algorithm>
#include <limits>
#include <vector>

#include "core/buffer.hpp"
#include "core/cuda.hpp"
#include "core/error.hpp"
#include "kernels/cuda/memory_pass.hpp"
#include "kernels/device_kernel.hpp"
#include "kernels/reduce_cuda.hpp"

namespace muster {
namespace {

int current_gpu() {
  int gpu = 0;
  check_cuda(cudaGetDevice(&gpu), "cudaGetDevice");
  return gpu;
}

class DeviceMemory final : public DeviceTransfer {
 public:
  DeviceMemory(MemoryAccess access, Bytes working_set)
      : gpu_(current_gpu()),
        arrays_(memory_arrays(access, working_set)),
        memory_(arrays_.each * arrays_.count),
        observed_(Bytes{sizeof(float)}) {
    std::byte* const first = memory_.data();
    pass_ = {.access = access, .bytes = arrays_.each, .observed = reinterpret_cast<float*>(observed_.data())};
    if (access != MemoryAccess::read) pass_.target = first + (arrays_.count - 1) * arrays_.each.value;
    if (access != MemoryAccess::write) pass_.left = first;
    if (arrays_.count == 3) pass_.right = first + arrays_.each.value;
    reset();
    choose_shape();
  }

  void enqueue(CUstream_st* stream) override { queue_pass(pass_, stream); }
  Bytes bytes() const override { return arrays_.each * arrays_.count; }
  int gpu() const override { return gpu_; }

  void reset() override {
    const CurrentGpu current(gpu_);
    queue_fill(pass_, stream_.get());
    stream_.wait();
  }

  DataCheck check() override {
    DataCheck check;
    if (pass_.target == nullptr) return check;
    const CurrentGpu current(gpu_);
    check.elements = arrays_.each.value / sizeof(float);
    check.wrong = count_wrong(pass_, stream_.get());
    return check;
  }

  std::string configuration() const override {
    if (pass_.access == MemoryAccess::engine_copy) return "cudaMemcpyAsync";
    return std::string("16-byte accesses") +
           (pass_.shape.hint == CacheHint::streaming ? ", streaming hint" : ", no hint") +
           (pass_.shape.grid == PassGrid::resident ? ", resident blocks" : ", a block per 16 KiB");
  }

 private:
  /// The fastest on this GPU: which one that is depends on its generation and on where the working set lies.
  void choose_shape() {
    if (pass_.access == MemoryAccess::engine_copy) return;
    Seconds best{std::numeric_limits<double>::infinity()};
    PassShape chosen;
    for (const CacheHint hint : {CacheHint::none, CacheHint::streaming}) {
      for (const PassGrid grid : {PassGrid::resident, PassGrid::one_turn}) {
        pass_.shape = {hint, grid};
        const Seconds found = shortest();
        if (!(found < best)) continue;
        best = found;
        chosen = pass_.shape;
      }
    }
    pass_.shape = chosen;
  }

  Seconds shortest() {
    constexpr int kTries = 5;
    const CudaEvent begin(Timing::enabled), end(Timing::enabled);
    Seconds shortest{std::numeric_limits<double>::infinity()};
    for (int i = 0; i < kTries; ++i) {
      begin.record(stream_.get());
      queue_pass(pass_, stream_.get());
      end.record(stream_.get());
      stream_.wait();
      shortest = std::min(shortest, between(begin, end));
    }
    return shortest;
  }

  int gpu_;
  MemoryArrays arrays_;
  DeviceBuffer memory_, observed_;
  CudaStream stream_;  ///< for what is not timed
  MemoryPass pass_;
};

class DeviceVectorSum final : public DeviceTransfer {
 public:
  explicit DeviceVectorSum(const DeviceSum& sum)
      : gpu_(current_gpu()),
        type_(sum.type),
        data_{sum.pattern, sum.seed, 2, sum.type},
        size_{sum.size.value / size_of(sum.type) * size_of(sum.type)},
        left_(size_),
        right_(size_),
        target_(size_),
        host_(size_.value) {}

  void enqueue(CUstream_st* stream) override {
    reduce_cuda(target_.data(), left_.data(), right_.data(), size_, type_, stream);
  }
  Bytes bytes() const override { return size_ * 3; }
  int gpu() const override { return gpu_; }

  void reset() override {
    const CurrentGpu current(gpu_);
    put(left_, 0);
    put(right_, 1);
    check_cuda(cudaMemsetAsync(target_.data(), 0xA5, size_.value, stream_.get()), "cudaMemsetAsync");
    stream_.wait();
  }

  DataCheck check() override {
    const CurrentGpu current(gpu_);
    copy(host_.data(), target_.data());
    return verify(host_, data_, 0, 2, 0);
  }

  std::string configuration() const override { return "16-byte accesses"; }

 private:
  void put(const DeviceBuffer& buffer, int rank) {
    fill(host_, data_, rank, 0);
    copy(buffer.data(), host_.data());
  }

  /// Waits for its own stream only: another rank of this process may be capturing a graph on the same GPU.
  void copy(std::byte* to, const std::byte* from) const {
    check_cuda(cudaMemcpyAsync(to, from, size_.value, cudaMemcpyDefault, stream_.get()), "cudaMemcpyAsync");
    stream_.wait();
  }

  int gpu_;
  ElementType type_;
  DataSpec data_;
  Bytes size_;  ///< of each vector: whole elements
  DeviceBuffer left_, right_, target_;
  std::vector<std::byte> host_;  // after the GPU's: what is too large fails there, with a message
  CudaStream stream_;            ///< for what is not timed
};

}  // namespace

MadeDeviceTransfer make_device_memory(MemoryAccess access, Bytes working_set) {
  return std::make_unique<DeviceMemory>(access, working_set);
}

MadeDeviceTransfer make_device_sum(const DeviceSum& sum) {
  if (sum.size.value < size_of(sum.type)) return Unsupported{"a vector of less than one element has no sum"};
  return std::make_unique<DeviceVectorSum>(sum);
}

}  // namespace muster
