// SPDX-License-Identifier: Apache-2.0
// What carries the transfers of a schedule. One object per rank and run; each kind is one file in this folder and one
// line in transports.cpp.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "collectives/problem.hpp"
#include "collectives/program.hpp"
#include "collectives/team.hpp"
#include "core/collective.hpp"
#include "core/error.hpp"
#include "core/units.hpp"
#include "core/unsupported.hpp"

struct CUstream_st;

namespace muster {

/// target[i] = left[i] + right[i], element-wise; `target` may be `left` or `right`. kernels/reduce.hpp has the real
/// one; it is handed in because collectives/ does not depend on kernels/.
using ReduceFunction = void (*)(std::span<std::byte> target, std::span<const std::byte> left,
                                std::span<const std::byte> right, ElementType type);

/// The same on device memory, queued on a CUDA stream (a cudaStream_t, named by its struct so that this header needs no
/// CUDA). Null where Muster was built without CUDA.
using DeviceReduceFunction = void (*)(std::byte* target, const std::byte* left, const std::byte* right, Bytes size,
                                      ElementType type, CUstream_st* stream);

struct ReduceKernels {
  ReduceFunction host = nullptr;
  DeviceReduceFunction device = nullptr;
};

/// Sees every received message before its rank uses it. Tests and `--inject corrupt` change a word here.
class Tap {
 public:
  virtual ~Tap() = default;
  virtual void delivered(std::span<std::byte> data, ElementType type) = 0;
};

/// The ranks' memory for a problem does not fit where the transport shares it. Thrown on all ranks alike.
class NoRoom : public Error {
 public:
  using Error::Error;
};

/// The memory of one rank for one problem. In place, input and output overlap.
struct RankMemory {
  std::span<std::byte> input, output, scratch;

  std::byte* at(const Place& place) const {
    const std::span<std::byte>& region = place.region == Region::input    ? input
                                         : place.region == Region::output ? output
                                                                          : scratch;
    return region.data() + place.offset;
  }
};

/// A prepared operation. run() is what is timed: it returns when this rank's output is complete and no other rank reads
/// this rank's buffers any more. Collective: all ranks run it the same number of times.
class Execution {
 public:
  virtual ~Execution() = default;
  virtual void run() = 0;
  /// Queues `count` operations back to back and gives each one's duration by the GPU's clock, from the end of the one
  /// before (the first: from the start of the stream). Empty: not supported, the caller loops run(). Collective.
  virtual std::vector<Seconds> stream(int /*count*/) { return {}; }
  virtual std::string configuration() const = 0;  ///< what runs, printable
};

/// How a transport over GPU memory is to be used; the others know the defaults only.
struct GpuOptions {
  Launch launch = Launch::plain;
  Buffers buffers = Buffers::plain;
};

class Transport {
 public:
  explicit Transport(Team& team) : team_(team) {}
  virtual ~Transport() = default;
  virtual TransportKind kind() const = 0;

  /// For the allocations and executions that follow. Collective; nullopt, or on all ranks alike why it cannot be.
  virtual std::optional<Unsupported> choose(const GpuOptions& options);

  /// Memory for `problem` on this rank, reachable by the transport, zeroed or reused; valid until the next call.
  /// Collective. Throws NoRoom, or Error when the problem has no in-place form but asks for it.
  RankMemory allocate(const Problem& problem, std::uint64_t scratch_bytes);

  /// Between a rank's memory and ordinary host memory, for filling and checking. Sizes are equal.
  virtual void store(std::span<std::byte> rank_memory, std::span<const std::byte> host) const;
  virtual void load(std::span<std::byte> host, std::span<const std::byte> rank_memory) const;

  /// Collective. `memory` is the last allocate()'s; `tap` may be null and must outlive the execution.
  virtual std::unique_ptr<Execution> prepare(const Program& program, const RankMemory& memory, ElementType type,
                                             Tap* tap) = 0;

  /// The library's own collective on the same buffers, where this transport belongs to a library.
  virtual std::variant<std::unique_ptr<Execution>, Unsupported> prepare_native(const Problem& problem,
                                                                               const RankMemory& memory);

 protected:
  /// At least `bytes` of page-backed memory, the same block until a larger one is asked for. Collective: each rank
  /// passes its own need.
  virtual std::span<std::byte> arena(std::uint64_t bytes) = 0;

  Team& team() const { return team_; }

 private:
  Team& team_;
};

/// Collective: the answer is the same on all ranks. Unsupported says why: not compiled in, ranks on several hosts, ...
std::variant<std::unique_ptr<Transport>, Unsupported> make_transport(TransportKind kind, Team& team,
                                                                     const ReduceKernels& reduce);

}  // namespace muster
