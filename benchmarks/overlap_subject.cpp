// SPDX-License-Identifier: Apache-2.0
// A collective beside products, both at once: the rank's own thread drives the collective, a second thread of the rank
// the products, on a GPU in a stream of their own. A sample ends when both have.
#include <exception>
#include <functional>
#include <semaphore>
#include <thread>
#include <utility>

#include "benchmarks/subject.hpp"

namespace muster {
namespace {

/// Runs one piece of work at a time on a thread of its own.
class SideThread {
 public:
  explicit SideThread(std::function<void()> work)
      : work_(std::move(work)), thread_([this](const std::stop_token& stop) { serve(stop); }) {}
  ~SideThread() {
    thread_.request_stop();
    begin_.release();
  }
  SideThread(const SideThread&) = delete;
  SideThread& operator=(const SideThread&) = delete;

  void start() { begin_.release(); }
  /// Throws what the work threw.
  void finish() {
    end_.acquire();
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
  }

 private:
  void serve(const std::stop_token& stop) {
    for (begin_.acquire(); !stop.stop_requested(); begin_.acquire()) {
      try {
        work_();
      } catch (...) {
        error_ = std::current_exception();
      }
      end_.release();
    }
  }

  std::function<void()> work_;
  std::binary_semaphore begin_{0}, end_{0};
  std::exception_ptr error_;
  std::jthread thread_;  ///< last: it uses all of the above
};

class OverlapSubject final : public Subject {
 public:
  OverlapSubject(std::unique_ptr<Subject> collective, std::unique_ptr<Subject> product, int products)
      : collective_(std::move(collective)),
        product_(std::move(product)),
        products_(products),
        side_([this] { run_products(); }) {}

  void run() override {
    side_.start();
    try {
      collective_->run();
    } catch (...) {
      finish_quietly();
      throw;
    }
    side_.finish();
  }

  void reset() override {
    collective_->reset();
    product_->reset();
  }

  DataCheck check() override {
    DataCheck found = collective_->check();
    found.add(product_->check());
    return found;
  }

  bool repeatable() const override { return collective_->repeatable() && product_->repeatable(); }
  Bytes bytes() const override { return collective_->bytes(); }
  Flops flops() const override { return Flops{product_->flops().value * products_}; }
  std::string configuration() const override {
    return collective_->configuration() + "; products: " + product_->configuration();
  }

 private:
  void run_products() {
    if (!product_->stream(products_).empty()) return;
    for (int i = 0; i < products_; ++i) product_->run();
  }

  /// The collective's own error is the one to report.
  void finish_quietly() {
    try {
      side_.finish();
    } catch (...) {
    }
  }

  std::unique_ptr<Subject> collective_, product_;
  int products_;
  SideThread side_;
};

}  // namespace

MadeSubject make_overlap_subject(SubjectMaker& maker, const Case& item) {
  MadeSubject collective = make_collective_subject(maker, collective_of(item));
  const Case product = product_of(item);
  MadeSubject beside = is_on_gpu(item) ? make_gpu_matmul_subject(maker, product) : make_matmul_subject(maker, product);
  for (const MadeSubject* half : {&collective, &beside}) {
    if (const auto* missing = std::get_if<Unsupported>(half)) return *missing;
  }
  return std::make_unique<OverlapSubject>(std::get<0>(std::move(collective)), std::get<0>(std::move(beside)),
                                          item.products);
}

}  // namespace muster
