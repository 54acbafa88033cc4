// SPDX-License-Identifier: Apache-2.0
// The arithmetic ceiling of a host core: the fastest multiply-add loop of this CPU for a type, at a wanted size.
#include <algorithm>
#include <cmath>

#include "core/clock.hpp"
#include "kernels/ceilings.hpp"
#include "kernels/host_bodies.hpp"

namespace muster {
namespace {

/// Which loop is fastest differs between CPUs (bf16 dot products run at half the rate of float on some), so each is
/// tried: five runs of 2^22 operations, 20 us each at 200 Gflop/s.
FlopsPerSecond trial(const PeakLoop& loop) {
  MonotonicClock clock;
  const auto iterations = static_cast<std::uint64_t>(std::ceil(0x1p22 / loop.flops_per_iteration));
  const Flops work{static_cast<double>(iterations) * loop.flops_per_iteration};
  FlopsPerSecond best;
  for (int i = 0; i < 5; ++i) {
    const Seconds start = clock.now();
    volatile double observed = loop.run(iterations);
    static_cast<void>(observed);
    best = std::max(best, work / (clock.now() - start));
  }
  return best;
}

class LoopPeak final : public PeakKernel {
 public:
  LoopPeak(const PeakLoop& loop, Flops work)
      : loop_(loop),
        iterations_(static_cast<std::uint64_t>(std::max(1.0, std::round(work.value / loop.flops_per_iteration)))) {}

  Flops run() override {
    observed_ = loop_.run(iterations_);
    return {static_cast<double>(iterations_) * loop_.flops_per_iteration};
  }
  std::string configuration() const override { return loop_.name; }

 private:
  const PeakLoop& loop_;
  std::uint64_t iterations_;
  volatile double observed_ = 0;  ///< keeps the arithmetic alive
};

}  // namespace

std::variant<std::unique_ptr<PeakKernel>, Unsupported> make_peak_kernel(ElementType type, Flops work) {
  const PeakLoop* fastest = nullptr;
  FlopsPerSecond best;
  for (const PeakLoop* loop : peak_loops_here()) {
    if (loop->type != type) continue;
    const FlopsPerSecond rate = trial(*loop);
    if (rate > best) fastest = loop;
    best = std::max(best, rate);
  }
  if (fastest != nullptr) return std::make_unique<LoopPeak>(*fastest, work);
  return Unsupported{"this CPU has no multiply-add instructions for " + std::string(name_of(type))};
}

}  // namespace muster
