// SPDX-License-Identifier: Apache-2.0
// The clock of one GPU: events around what is queued, graphs for what is too short for them.
#include <vector>

#include "core/cuda.hpp"
#include "kernels/cuda/device_timer_hold.hpp"
#include "kernels/cuda/memory_pass.hpp"
#include "kernels/device_kernel.hpp"
#include "kernels/device_timing.hpp"

namespace muster {
namespace {

/// Events of a stream: few enough to be made once and kept.
constexpr int kMostMarks = 1024;

/// What is known of the kernel that was timed last.
struct KnownKernel {
  const DeviceKernel* kernel = nullptr;
  int repeats = 1;
  CudaGraph graph{};  ///< of so many runs, where they are several
};

/// Reads twice the second-level cache's size of other data: what stays behind is clean, so that the next kernel does
/// not pay for writing it back.
class CacheFlush {
 public:
  CacheFlush(Bytes cache, cudaStream_t stream)
      : data_(Bytes{(2 * cache.value / kPassBytes + 1) * kPassBytes}), observed_(Bytes{sizeof(float)}) {
    check_cuda(cudaMemsetAsync(data_.data(), 0, data_.bytes().size(), stream), "cudaMemsetAsync");
  }
  void enqueue(cudaStream_t stream) const {
    queue_pass({.access = MemoryAccess::read,
                .left = data_.data(),
                .bytes = Bytes{data_.bytes().size()},
                .observed = reinterpret_cast<float*>(observed_.data())},
               stream);
  }

 private:
  DeviceBuffer data_, observed_;
};

class EventTimer final : public DeviceTimer {
 public:
  /// `gpu` is current.
  explicit EventTimer(int gpu) : gpu_(gpu) {}

  Seconds time(DeviceKernel& kernel, Cache cache) override {
    const CurrentGpu current(gpu_);
    repeats_ = 1;
    if (cache == Cache::cold) {
      if (!flush_) flush_ = std::make_unique<CacheFlush>(cache_size(), stream_.get());
      flush_->enqueue(stream_.get());
      return time_once([&] { kernel.enqueue(stream_.get()); });
    }
    if (&kernel != known_.kernel) learn(kernel);
    repeats_ = known_.repeats;
    if (repeats_ == 1) return time_once([&] { kernel.enqueue(stream_.get()); });
    return time_once([&] { known_.graph.launch(stream_.get()); }) * (1.0 / repeats_);
  }

  std::vector<Seconds> stream(DeviceKernel& kernel, int count) override {
    const CurrentGpu current(gpu_);
    const std::vector<int> stretches = stretches_of(count, kMostMarks);
    while (marks_.size() <= stretches.size()) marks_.emplace_back(Timing::enabled);
    queue_hold(stream_.get());
    marks_[0].record(stream_.get());
    for (std::size_t i = 0; i < stretches.size(); ++i) {
      for (int run = 0; run < stretches[i]; ++run) kernel.enqueue(stream_.get());
      marks_[i + 1].record(stream_.get());
    }
    stream_.wait();
    std::vector<Seconds> durations;
    for (std::size_t i = 0; i < stretches.size(); ++i) {
      const Seconds mean = between(marks_[i], marks_[i + 1]) * (1.0 / stretches[i]);
      durations.insert(durations.end(), static_cast<std::size_t>(stretches[i]), mean);
    }
    return durations;
  }

  int repeats() const override { return repeats_; }

 private:
  Bytes cache_size() const {
    int size = 0;
    check_cuda(cudaDeviceGetAttribute(&size, cudaDevAttrL2CacheSize, gpu_), "cudaDeviceGetAttribute");
    return Bytes{static_cast<std::uint64_t>(size)};
  }

  template <typename Queue>
  Seconds time_once(Queue queue) {
    queue_hold(stream_.get());
    begin_.record(stream_.get());
    queue();
    end_.record(stream_.get());
    stream_.wait();
    return between(begin_, end_);
  }

  void learn(DeviceKernel& kernel) {
    known_ = {};
    const auto run = [&] { kernel.enqueue(stream_.get()); };
    time_once(run);  // loads code and warms up
    const int repeats = graph_repeats(time_once(run));
    KnownKernel learned{.kernel = &kernel, .repeats = repeats};
    if (repeats > 1) {
      learned.graph = captured(stream_.get(), [&](cudaStream_t stream) {
        for (int i = 0; i < repeats; ++i) kernel.enqueue(stream);
      });
      time_once([&] { learned.graph.launch(stream_.get()); });  // the first launch moves the graph to the GPU
    }
    known_ = std::move(learned);
  }

  int gpu_;
  CudaStream stream_;
  CudaEvent begin_{Timing::enabled}, end_{Timing::enabled};
  std::vector<CudaEvent> marks_;
  std::unique_ptr<CacheFlush> flush_;
  KnownKernel known_;
  int repeats_ = 1;
};

}  // namespace

std::variant<std::unique_ptr<DeviceTimer>, Unsupported> make_device_timer(int gpu) {
  const CurrentGpu current(gpu);
  return std::make_unique<EventTimer>(gpu);
}

}  // namespace muster
