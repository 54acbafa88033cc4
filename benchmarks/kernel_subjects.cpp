// SPDX-License-Identifier: Apache-2.0
// Subjects that need no other rank: every rank runs the same kernel at the same time, so that shared caches, memory and
// power are shared as they are in training.
#include "benchmarks/subject.hpp"
#include "core/buffer.hpp"
#include "kernels/ceilings.hpp"
#include "kernels/matmul.hpp"
#include "kernels/reduce.hpp"

namespace muster {
namespace {

class MatmulSubject final : public Subject {
 public:
  MatmulSubject(std::unique_ptr<Matmul> matmul, const MatmulDescription& description)
      : matmul_(std::move(matmul)), description_(description) {}

  void run() override { matmul_->run(); }
  void reset() override {}
  DataCheck check() override {
    const MatmulCheck found = matmul_->check();
    DataCheck check;
    check.elements = found.elements;
    check.wrong = found.wrong;
    return check;
  }
  Flops flops() const override { return flops_of(description_); }
  Bytes bytes() const override { return bytes_of(description_); }
  std::string configuration() const override { return matmul_->configuration(); }

 private:
  std::unique_ptr<Matmul> matmul_;
  MatmulDescription description_;
};

/// target = left + right, with this rank's and the next rank's data, so that the sum is checked like a collective's.
class ReduceSubject final : public Subject {
 public:
  ReduceSubject(const Case& item, std::uint64_t seed)
      : type_(item.type),
        left_(item.size),
        right_(item.size),
        target_(item.size),
        data_{item.pattern, seed, 2, item.type} {}

  void run() override { reduce_host(target_.bytes(), left_.bytes(), right_.bytes(), type_); }

  void reset() override {
    fill(left_.bytes(), data_, 0, 0);
    fill(right_.bytes(), data_, 1, 0);
    std::ranges::fill(target_.bytes(), std::byte{0xA5});
  }

  DataCheck check() override { return verify(target_.bytes(), data_, 0, 2, 0); }
  Bytes bytes() const override { return Bytes{3 * left_.bytes().size()}; }
  std::string configuration() const override { return std::string(name_of(reduce_bodies_here().front())); }

 private:
  ElementType type_;
  HostBuffer left_, right_, target_;
  DataSpec data_;
};

class MemorySubject final : public Subject {
 public:
  explicit MemorySubject(const Case& item) : kernel_(item.access, item.size), bytes_(kernel_.run()) {}

  void run() override { kernel_.run(); }
  void reset() override {}
  DataCheck check() override { return {}; }  // a ceiling has no result to check
  Bytes bytes() const override { return bytes_; }
  std::string configuration() const override { return kernel_.configuration(); }

 private:
  MemoryKernel kernel_;
  Bytes bytes_;
};

class PeakSubject final : public Subject {
 public:
  explicit PeakSubject(std::unique_ptr<PeakKernel> kernel) : kernel_(std::move(kernel)), flops_(kernel_->run()) {}

  void run() override { kernel_->run(); }
  void reset() override {}
  DataCheck check() override { return {}; }
  Flops flops() const override { return flops_; }
  std::string configuration() const override { return kernel_->configuration(); }

 private:
  std::unique_ptr<PeakKernel> kernel_;
  Flops flops_;
};

/// One peak sample: about 1 ms at 100 GFLOP/s, long against a clock reading, short against a time slice.
constexpr Flops kPeakWork{1e8};

}  // namespace

MadeSubject make_matmul_subject(SubjectMaker& maker, const Case& item) {
  const MatmulDescription description{item.m, item.n, item.k, item.type, 1};
  auto made = make_matmul_host(description, item.pattern, maker.seed());
  if (const auto* missing = std::get_if<Unsupported>(&made)) return *missing;
  return std::make_unique<MatmulSubject>(std::get<std::unique_ptr<Matmul>>(std::move(made)), description);
}

MadeSubject make_reduce_subject(SubjectMaker& maker, const Case& item) {
  return std::make_unique<ReduceSubject>(item, maker.seed());
}

MadeSubject make_memory_subject(SubjectMaker&, const Case& item) { return std::make_unique<MemorySubject>(item); }

MadeSubject make_peak_subject(SubjectMaker&, const Case& item) {
  auto made = make_peak_kernel(item.type, kPeakWork);
  if (const auto* missing = std::get_if<Unsupported>(&made)) return *missing;
  return std::make_unique<PeakSubject>(std::get<std::unique_ptr<PeakKernel>>(std::move(made)));
}

}  // namespace muster
