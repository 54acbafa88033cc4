// SPDX-License-Identifier: Apache-2.0
// The two ceilings of a host core, as kernels to be timed: how fast it multiplies and adds, how fast it moves memory.
// Each rank runs them at the same time as all others, so that what is measured is the share one rank really has.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>

#include "core/buffer.hpp"
#include "core/element_type.hpp"
#include "core/pattern.hpp"
#include "core/units.hpp"
#include "kernels/matmul.hpp"

namespace muster {

/// Independent multiply-add chains in registers (or tiles), no memory traffic: the peak for one thread and type.
class PeakKernel {
 public:
  /// Runs about `work`; the exact amount is what run() returns.
  virtual ~PeakKernel() = default;
  virtual Flops run() = 0;
  /// "avx512 fma", "amx-bf16 tiles", "portable".
  virtual std::string configuration() const = 0;
};

/// Types: float32, float64, float16, bfloat16, int8. `work` is the wanted size of one run().
std::variant<std::unique_ptr<PeakKernel>, Unsupported> make_peak_kernel(ElementType type, Flops work);

inline constexpr Bytes kMinStreamBytes{std::uint64_t{1} << 20};

struct MemoryLoops;

/// One pass over a working set of about `working_set` bytes in all (its arrays share it equally), repeated inside run()
/// until at least kMinStreamBytes moved, so that a clock reading costs nothing. Vector loads and stores of full width;
/// `write`, `copy` and `add` beyond the core's own caches use the faster of ordinary and non-temporal stores: the
/// constructor times both.
class MemoryKernel {
 public:
  MemoryKernel(MemoryAccess access, Bytes working_set);
  /// Returns the bytes read plus written.
  Bytes run();
  /// "avx512", "avx512, non-temporal stores".
  std::string configuration() const;

 private:
  enum class Stores { ordinary, streaming };
  void pass(Stores stores);
  Seconds shortest_pass(Stores stores);

  MemoryAccess access_;
  const MemoryLoops& loops_;
  Bytes array_;  ///< size of each of the one to three arrays, which lie one behind the other
  HostBuffer memory_;
  std::uint64_t repeats_ = 1;
  Stores stores_ = Stores::ordinary;
  volatile std::uint64_t observed_ = 0;  ///< keeps the loads alive
};

}  // namespace muster
