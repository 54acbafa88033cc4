// SPDX-License-Identifier: Apache-2.0
// Subjects on GPUs that need no other rank: every rank runs the same kernel on its own GPU at the same time, but for
// links, which one rank of each host measures while the others wait.
#include <optional>

#include "benchmarks/subject.hpp"
#include "collectives/gpu_binding.hpp"
#include "kernels/device_kernel.hpp"

namespace muster {
namespace {

/// What all subjects on a GPU share: the kernel and the clock of the GPU.
template <typename Kernel>
class GpuSubject : public Subject {
 public:
  GpuSubject(std::unique_ptr<Kernel> kernel, std::unique_ptr<DeviceTimer> timer, Cache cache)
      : kernel_(std::move(kernel)), timer_(std::move(timer)), cache_(cache) {}

  void run() override { last_ = timer_->time(*kernel_, cache_); }
  std::optional<Seconds> device_time() const override { return last_; }
  std::vector<Seconds> stream(int count) override { return timer_->stream(*kernel_, count); }

  std::string configuration() const override {
    const std::string what = kernel_->configuration();
    return timer_->repeats() == 1 ? what : what + ", graph of " + std::to_string(timer_->repeats());
  }

 protected:
  Kernel& kernel() { return *kernel_; }
  const Kernel& kernel() const { return *kernel_; }

 private:
  std::unique_ptr<Kernel> kernel_;
  std::unique_ptr<DeviceTimer> timer_;
  Cache cache_;
  Seconds last_{};
};

class GpuMatmulSubject final : public GpuSubject<DeviceMatmul> {
 public:
  GpuMatmulSubject(std::unique_ptr<DeviceMatmul> matmul, std::unique_ptr<DeviceTimer> timer, Cache cache,
                   const MatmulDescription& description)
      : GpuSubject(std::move(matmul), std::move(timer), cache), description_(description) {}

  void reset() override {}
  DataCheck check() override {
    const MatmulCheck found = kernel().check();
    DataCheck check;
    check.elements = found.elements;
    check.wrong = found.wrong;
    return check;
  }
  Flops flops() const override { return flops_of(description_); }
  Bytes bytes() const override { return bytes_of(description_); }

 private:
  MatmulDescription description_;
};

class GpuTransferSubject final : public GpuSubject<DeviceTransfer> {
 public:
  using GpuSubject::GpuSubject;
  void reset() override { kernel().reset(); }
  DataCheck check() override { return kernel().check(); }
  Bytes bytes() const override { return kernel().bytes(); }
};

/// A rank that has no part in a case: it meets the others at their barriers and takes no time.
class IdleSubject final : public Subject {
 public:
  explicit IdleSubject(Bytes bytes) : bytes_(bytes) {}
  void run() override {}
  std::optional<Seconds> device_time() const override { return Seconds{}; }
  std::vector<Seconds> stream(int count) override { return std::vector<Seconds>(static_cast<std::size_t>(count)); }
  void reset() override {}
  DataCheck check() override { return {}; }
  Bytes bytes() const override { return bytes_; }
  std::string configuration() const override { return "idle"; }

 private:
  Bytes bytes_;
};

/// The subject, or why there is none; the timer belongs to `gpu`.
template <typename Made, typename Finish>
MadeSubject with_timer(Made made, int gpu, Finish finish) {
  if (const auto* missing = std::get_if<Unsupported>(&made)) return *missing;
  auto timer = make_device_timer(gpu);
  if (const auto* missing = std::get_if<Unsupported>(&timer)) return *missing;
  return finish(std::move(std::get<0>(made)), std::move(std::get<0>(timer)));
}

MadeSubject transfer_subject(MadeDeviceTransfer made, int gpu, Cache cache) {
  return with_timer(std::move(made), gpu, [&](auto kernel, auto timer) -> MadeSubject {
    return std::make_unique<GpuTransferSubject>(std::move(kernel), std::move(timer), cache);
  });
}

}  // namespace

MadeSubject make_gpu_matmul_subject(SubjectMaker& maker, const Case& item) {
  const auto bound = bind_gpu(maker.team());
  if (const auto* missing = std::get_if<Unsupported>(&bound)) return *missing;
  MatmulDescription description{item.m, item.n, item.k, item.type};
  description.layout = item.layout;
  description.math = item.math;
  description.epilogue = item.epilogue;
  auto made = make_device_matmul(description, item.body, item.pattern, maker.seed());
  const int gpu = std::get<GpuBinding>(bound).gpu.ordinal;
  return with_timer(std::move(made), gpu, [&](auto kernel, auto timer) -> MadeSubject {
    return std::make_unique<GpuMatmulSubject>(std::move(kernel), std::move(timer), item.cache, description);
  });
}

MadeSubject make_gpu_reduce_subject(SubjectMaker& maker, const Case& item) {
  const auto bound = bind_gpu(maker.team());
  if (const auto* missing = std::get_if<Unsupported>(&bound)) return *missing;
  return transfer_subject(make_device_sum({item.type, item.size, item.pattern, maker.seed()}),
                          std::get<GpuBinding>(bound).gpu.ordinal, item.cache);
}

MadeSubject make_gpu_memory_subject(SubjectMaker& maker, const Case& item) {
  const auto bound = bind_gpu(maker.team());
  if (const auto* missing = std::get_if<Unsupported>(&bound)) return *missing;
  return transfer_subject(make_device_memory(item.access, item.size), std::get<GpuBinding>(bound).gpu.ordinal,
                          item.cache);
}

MadeSubject make_link_subject(SubjectMaker& maker, const Case& item) {
  const auto bound = bind_gpu(maker.team());
  if (const auto* missing = std::get_if<Unsupported>(&bound)) return *missing;
  if (local_rank(maker.team()) > 0) return std::make_unique<IdleSubject>(item.size);
  MadeDeviceTransfer made = make_link_transfer({item.source, item.target, item.method, item.size, maker.seed()});
  if (const auto* missing = std::get_if<Unsupported>(&made)) return *missing;
  const int gpu = std::get<0>(made)->gpu();
  return transfer_subject(std::move(made), gpu, item.cache);
}

}  // namespace muster
