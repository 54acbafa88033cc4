// SPDX-License-Identifier: Apache-2.0
// The program muster_matmul_table: our prepared products beside oneDNN called bare, interleaved call by call on one
// thread, with the percentage of the multiply-add peak measured in the same run.
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <oneapi/dnnl/dnnl.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/buffer.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "kernels/ceilings.hpp"
#include "kernels/matmul.hpp"
#include "reports/statistics.hpp"

namespace muster {
namespace {

/// What anybody would write against oneDNN's own interface: plain A and C, B in the layout that the library prefers.
class BareProduct {
 public:
  BareProduct(std::int64_t side, dnnl::memory::data_type type) : engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {
    using Tag = dnnl::memory::format_tag;
    const dnnl::memory::desc plain({side, side}, type, Tag::ab), any({side, side}, type, Tag::any);
    const dnnl::matmul::primitive_desc choice(dnnl::matmul::desc(plain, any, plain), engine_);
    product_ = dnnl::matmul(choice);
    arguments_ = {{DNNL_ARG_SRC, dnnl::memory(plain, engine_)},
                  {DNNL_ARG_WEIGHTS, dnnl::memory(choice.weights_desc(), engine_)},
                  {DNNL_ARG_DST, dnnl::memory(plain, engine_)}};
    for (auto& [argument, memory] : arguments_) {
      const std::size_t bytes = memory.get_desc().get_size();
      fill({static_cast<std::byte*>(memory.get_data_handle()), bytes / 4 * 4}, {.pattern = Pattern::entropy}, 0, 0);
    }
  }

  void run() {
    product_.execute(stream_, arguments_);
    stream_.wait();
  }

 private:
  dnnl::engine engine_;
  dnnl::stream stream_;
  dnnl::matmul product_;
  std::unordered_map<int, dnnl::memory> arguments_;
};

struct Row {
  ElementType type;
  dnnl::memory::data_type bare_type;
  std::int64_t side;
};

/// The peak, from the best of many short runs: long ones are cut by other work on the core.
double peak_of(ElementType type, Clock& clock) {
  auto made = make_peak_kernel(type, Flops{1e8});
  if (const auto* missing = std::get_if<Unsupported>(&made)) throw Error(missing->reason);
  PeakKernel& kernel = *std::get<std::unique_ptr<PeakKernel>>(made);
  double best = 0;
  for (int i = 0; i < 100; ++i) {
    const Seconds begin = clock.now();
    const Flops work = kernel.run();
    best = std::max(best, work.value / (clock.now() - begin).value);
  }
  return best;
}

template <typename Product>
double time_once(Product& product, Clock& clock) {
  const Seconds begin = clock.now();
  product.run();
  return (clock.now() - begin).value;
}

void run() {
  omp_set_num_threads(1);
  MonotonicClock clock;
  using enum ElementType;
  using Bare = dnnl::memory::data_type;
  std::printf("matmul on one thread, random data; oneDNN %s\n", matmul_library_version().c_str());
  std::printf("type          m=n=k   harness (us)      bare (us)  harness/bare   TFLOPS   %%peak\n");
  double log_sum = 0;
  int rows = 0;
  for (const Row& row :
       {Row{float32, Bare::f32, 256}, Row{float32, Bare::f32, 512}, Row{float32, Bare::f32, 1024},
        Row{bfloat16, Bare::bf16, 512}, Row{bfloat16, Bare::bf16, 1024}, Row{bfloat16, Bare::bf16, 2048}}) {
    const MatmulDescription description{row.side, row.side, row.side, row.type, 1};
    auto made = make_matmul_host(description, Pattern::entropy, 1);
    if (const auto* missing = std::get_if<Unsupported>(&made)) {
      std::printf("%-10s %8lld   unsupported: %s\n", std::string(name_of(row.type)).c_str(),
                  static_cast<long long>(row.side), missing->reason.c_str());
      continue;
    }
    Matmul& harness = *std::get<std::unique_ptr<Matmul>>(made);
    BareProduct bare(row.side, row.bare_type);
    std::vector<double> ours, theirs;
    const double peak = peak_of(row.type, clock);
    const int rounds = row.side >= 2048 ? 30 : row.side >= 1024 ? 60 : 300;
    for (int i = -3; i < rounds; ++i) {
      const double mine = time_once(harness, clock), other = time_once(bare, clock);
      if (i < 0) continue;
      ours.push_back(mine);
      theirs.push_back(other);
    }
    const double mine = summarise(ours).median, other = summarise(theirs).median;
    const double rate = flops_of(description).value / mine;
    std::printf("%-10s %8lld %14.1f %14.1f %13.3f %8.3f %7.1f\n", std::string(name_of(row.type)).c_str(),
                static_cast<long long>(row.side), mine * 1e6, other * 1e6, mine / other, rate / 1e12,
                100 * rate / peak);
    log_sum += std::log(mine / other);
    ++rows;
  }
  std::printf("geometric mean of harness/bare: %.3f\n", std::exp(log_sum / std::max(rows, 1)));
}

}  // namespace
}  // namespace muster

int main() {
  try {
    muster::run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "muster_matmul_table: %s\n", error.what());
    return 2;
  }
  return 0;
}
