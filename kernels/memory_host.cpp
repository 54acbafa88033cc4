// SPDX-License-Identifier: Apache-2.0
// The memory ceiling of a host core: runs the loop of this CPU over arrays that lie one behind the other.
#include <unistd.h>

#include <algorithm>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "kernels/ceilings.hpp"
#include "kernels/host_bodies.hpp"

namespace muster {
namespace {

constexpr std::uint64_t arrays_of(MemoryAccess access) {
  switch (access) {
    case MemoryAccess::read:
    case MemoryAccess::write:
      return 1;
    case MemoryAccess::copy:
      return 2;
    case MemoryAccess::add:
    case MemoryAccess::triad:
    case MemoryAccess::engine_copy:
      break;
  }
  return 3;
}

Bytes array_size(MemoryAccess access, Bytes working_set) {
  const std::uint64_t steps = working_set.value / arrays_of(access) / kMemoryStep;
  return {std::max<std::uint64_t>(steps, 1) * kMemoryStep};
}

/// The second-level cache, which belongs to one core. Some systems do not say; 2 MiB is the largest common one.
std::uint64_t own_cache() {
  const long size = sysconf(_SC_LEVEL2_CACHE_SIZE);
  return size > 0 ? static_cast<std::uint64_t>(size) : std::uint64_t{2} << 20;
}

}  // namespace

MemoryKernel::MemoryKernel(MemoryAccess access, Bytes working_set)
    : access_(access),
      loops_(*memory_loops_here().front()),
      array_(array_size(access, working_set)),
      memory_(array_ * arrays_of(access)) {
  MUSTER_ASSERT(is_on_hosts(access));
  const std::uint64_t moved = memory_.bytes().size();
  repeats_ = (kMinStreamBytes.value + moved - 1) / moved;
  const bool stores_leave_the_core = access != MemoryAccess::read && moved > own_cache();
  if (stores_leave_the_core && shortest_pass(Stores::streaming) < shortest_pass(Stores::ordinary)) {
    stores_ = Stores::streaming;
  }
}

void MemoryKernel::pass(Stores stores) {
  std::byte* const first = memory_.bytes().data();
  std::byte* const target = first + (arrays_of(access_) - 1) * array_.value;
  const std::byte* const right = first + (arrays_of(access_) / 2) * array_.value;
  const auto& loops = stores == Stores::streaming ? loops_.streaming : loops_.ordinary;
  observed_ = loops[static_cast<std::size_t>(access_)](target, first, right, array_.value);
}

Seconds MemoryKernel::shortest_pass(Stores stores) {
  MonotonicClock clock;
  Seconds shortest{1e9};
  for (int i = 0; i < 5; ++i) {
    const Seconds start = clock.now();
    pass(stores);
    shortest = std::min(shortest, clock.now() - start);
  }
  return shortest;
}

Bytes MemoryKernel::run() {
  for (std::uint64_t i = 0; i < repeats_; ++i) pass(stores_);
  return array_ * arrays_of(access_) * repeats_;
}

std::string MemoryKernel::configuration() const {
  return std::string(loops_.name) + (stores_ == Stores::streaming ? ", non-temporal stores" : "");
}

}  // namespace muster
