// SPDX-License-Identifier: Apache-2.0
// What runs on a GPU, as objects to be queued, and what times them. No CUDA in this header: a build without CUDA links
// kernels/absent_cuda.cpp, where every maker says that CUDA was not compiled in.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/element_type.hpp"
#include "core/pattern.hpp"
#include "core/units.hpp"
#include "core/unsupported.hpp"
#include "kernels/fill.hpp"
#include "kernels/matmul.hpp"

struct CUstream_st;

namespace muster {

/// Prepared work on the GPU that was current when it was made: buffers filled, configuration chosen.
class DeviceKernel {
 public:
  virtual ~DeviceKernel() = default;
  /// Queues one run on `stream` (a cudaStream_t, named by its struct) and returns before it has ended. Throws Error
  /// when the launch fails. Can be captured into a CUDA graph.
  virtual void enqueue(CUstream_st* stream) = 0;
  /// What runs, printable: "wgmma 128x256x64, 4 stages, cluster 2".
  virtual std::string configuration() const = 0;
};

/// A matrix product on the GPU (kernels/cuda/matmul_*): the same description, data and check as on the host.
class DeviceMatmul : public DeviceKernel {
 public:
  /// Compares the last finished run with a double-precision reference, as Matmul::check().
  virtual MatmulCheck check() = 0;
};

/// On the current GPU. Unsupported says what is missing: the body for this type, layout or shape, the GPU's generation,
/// the library. Throws Error when memory is short or a call fails.
std::variant<std::unique_ptr<DeviceMatmul>, Unsupported> make_device_matmul(const MatmulDescription& description,
                                                                            MatmulBody body, Pattern pattern,
                                                                            std::uint64_t seed);

/// A stream over the GPU's own memory, a sum of two vectors, or a transfer over a link.
class DeviceTransfer : public DeviceKernel {
 public:
  /// Of one run: bytes read plus written (memory, sum), bytes that cross (link).
  virtual Bytes bytes() const = 0;
  /// That enqueue() must be called for: the stream's.
  virtual int gpu() const = 0;
  /// Fresh inputs, spoilt outputs.
  virtual void reset() = 0;
  /// Of the last finished run after reset(): every element of the output. Nothing compared where there is no output.
  virtual DataCheck check() = 0;
};

using MadeDeviceTransfer = std::variant<std::unique_ptr<DeviceTransfer>, Unsupported>;

/// On the current GPU. `working_set` in all, shared equally by the arrays that the access touches.
MadeDeviceTransfer make_device_memory(MemoryAccess access, Bytes working_set);

/// On the current GPU: target = left + right, vectors of `size` bytes.
struct DeviceSum {
  ElementType type = ElementType::float32;
  Bytes size;
  Pattern pattern = Pattern::exact;
  std::uint64_t seed = 0;
};
MadeDeviceTransfer make_device_sum(const DeviceSum& sum);

struct LinkTransfer {
  LinkEnd source, target;
  LinkMethod method = LinkMethod::copy_engine;
  Bytes size;
  std::uint64_t seed = 0;
};

/// Host ends are page-locked memory on that node. Copies and stores are queued on the source's GPU, loads on the
/// target's; with one host end, on the other. Unsupported: no peer access, no such GPU or node.
MadeDeviceTransfer make_link_transfer(const LinkTransfer& transfer);

/// Times work on one GPU by its own clock (CUDA events on a stream of its own), whichever is current.
class DeviceTimer {
 public:
  virtual ~DeviceTimer() = default;
  /// One run, from its start to its end on the GPU; with Cache::cold after the second-level cache was filled with other
  /// data. Short hot work is replayed from a CUDA graph of repeats() runs, and its share is returned.
  virtual Seconds time(DeviceKernel& kernel, Cache cache) = 0;
  /// `count` runs back to back, hot: durations between successive ends; beyond 1,024 runs, each the mean of the few
  /// that end at one event.
  virtual std::vector<Seconds> stream(DeviceKernel& kernel, int count) = 0;
  /// Runs per graph that the last time() used; 1 = launched as it is.
  virtual int repeats() const = 0;
};

std::variant<std::unique_ptr<DeviceTimer>, Unsupported> make_device_timer(int gpu);

/// How often work that takes `one_run` is replayed per sample: until it lasts 50 us, 20 times what an event's clock can
/// tell apart (about 0.5 us, CUDA Runtime API, cudaEventElapsedTime) and then some; at most 64 times.
int graph_repeats(Seconds one_run);

}  // namespace muster
