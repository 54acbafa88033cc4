// SPDX-License-Identifier: Apache-2.0
// Transports whose ranks can read each other's memory: the target of a transfer reads the source's buffer in place and
// reduces while it reads, so no byte is copied on its way. `threads` and `shm` differ only in how memory is shared.
#pragma once

#include <atomic>
#include <vector>

#include "collectives/transports/transport.hpp"

namespace muster {

class PullTransport : public Transport {
 public:
  PullTransport(Team& team, ReduceFunction reduce) : Transport(team), reduce_(reduce) {}

  std::unique_ptr<Execution> prepare(const Program& program, const RankMemory& memory, ElementType type,
                                     Tap* tap) final;

 protected:
  /// Shares `bytes` zeroed bytes of this rank (each rank its own number) and returns where each rank's lie in this
  /// rank's address space; replaces what was shared before. Collective.
  virtual std::vector<std::byte*> share(std::uint64_t bytes) = 0;

 private:
  std::span<std::byte> arena(std::uint64_t bytes) final;

  ReduceFunction reduce_;
  std::vector<std::byte*> bases_;  ///< [rank]: flags first, then the arena
  std::uint64_t arena_bytes_ = 0;
};

}  // namespace muster
