// SPDX-License-Identifier: Apache-2.0
// The program muster_gpu_matmul_table: every body of the matmul ladder beside the vendor's library on this process's
// first GPU, interleaved run by run, hot and cold, each result checked. Ends with 2 where there is no GPU.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "benchmarks/telemetry.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/gpu.hpp"
#include "kernels/device_kernel.hpp"
#include "kernels/matmul_search.hpp"
#include "reports/statistics.hpp"
#include "topology/gpu_arithmetic.hpp"

namespace muster {
namespace {

constexpr std::array kBodies = {MatmulBody::native, MatmulBody::wgmma, MatmulBody::mma, MatmulBody::tiled,
                                MatmulBody::plain};

struct Wishes {
  std::vector<std::string> types = {"bfloat16", "half", "f8e4m3", "float", "double", "int8"};
  std::vector<std::string> shapes = {"4096x4096x4096", "8192x8192x8192"};
  std::string math = "tf32", layout = "nt", epilogue = "none";
  int rounds = 21;
  double search_gibibytes = 0;  ///< 0 = no search
};

/// One body with a clock of its own, so that what the clock learns of it (repeats, graph) stays.
struct Entrant {
  MatmulBody body;
  std::unique_ptr<DeviceMatmul> matmul;
  std::unique_ptr<DeviceTimer> timer;
  Seconds first{};  ///< the warm-up's
  std::vector<double> hot{}, cold{};
};

std::string text(std::string_view words) { return std::string(words); }

MatmulDescription parse_shape(const std::string& shape, MatmulDescription product) {
  long long m = 0, n = 0, k = 0;
  char rest = 0;
  const bool is_shape = std::sscanf(shape.c_str(), "%7lldx%7lldx%7lld%c", &m, &n, &k, &rest) == 3;
  if (!is_shape || std::min({m, n, k}) < 1) {
    throw Error("shape \"" + shape + "\" is not <m>x<n>x<k>; use whole numbers from 1 to 9999999");
  }
  product.m = m;
  product.n = n;
  product.k = k;
  return product;
}

std::optional<Entrant> enter(const MatmulDescription& description, MatmulBody body, const Gpu& gpu) {
  auto made = make_device_matmul(description, body, Pattern::entropy, 1);
  if (const auto* missing = std::get_if<Unsupported>(&made)) {
    std::printf("  %-7s unsupported: %s\n", text(name_of(body)).c_str(), missing->reason.c_str());
    return std::nullopt;
  }
  auto timer = make_device_timer(gpu.ordinal);
  if (const auto* missing = std::get_if<Unsupported>(&timer)) throw Error(missing->reason);
  Entrant entrant{.body = body,
                  .matmul = std::get<std::unique_ptr<DeviceMatmul>>(std::move(made)),
                  .timer = std::get<std::unique_ptr<DeviceTimer>>(std::move(timer))};
  entrant.first = entrant.timer->time(*entrant.matmul, Cache::hot);
  return entrant;
}

/// A B C A B C ...: what changes in the course of a run (clocks, heat, other users) meets all of them alike. Slow
/// bodies take part in the first rounds only.
void race(std::vector<Entrant>& entrants, int rounds) {
  constexpr Seconds kSlow{0.1};
  constexpr int kRoundsOfSlow = 3;
  for (int round = 0; round < rounds; ++round) {
    for (const Cache cache : {Cache::hot, Cache::cold}) {
      for (Entrant& entrant : entrants) {
        if (round >= kRoundsOfSlow && entrant.first > kSlow) continue;
        const Seconds time = entrant.timer->time(*entrant.matmul, cache);
        (cache == Cache::hot ? entrant.hot : entrant.cold).push_back(time.value);
      }
    }
  }
}

/// Median of the clocks that were seen while the bodies ran.
std::optional<double> clock_seen(const std::optional<Telemetry>& telemetry) {
  if (!telemetry || telemetry->multiprocessor_hertz.empty()) return std::nullopt;
  return summarise(telemetry->multiprocessor_hertz).median;
}

std::string percent(double part, std::optional<double> whole) {
  if (!whole || !(*whole > 0)) return "-";
  std::array<char, 32> digits{};
  std::snprintf(digits.data(), digits.size(), "%.1f", 100 * part / *whole);
  return digits.data();
}

std::string verdict(const MatmulCheck& check) {
  if (check.elements == 0) return "unchecked";
  return check.wrong == 0 ? "ok" : std::to_string(check.wrong) + " wrong of " + std::to_string(check.elements);
}

/// True when every body's result was right.
bool print(std::vector<Entrant>& entrants, const MatmulDescription& description, const Gpu& gpu,
           std::optional<double> hertz) {
  const auto per_clock = flops_per_clock(gpu.compute_capability, description.type, description.math);
  std::optional<double> at_clock;
  if (per_clock && hertz) at_clock = *per_clock * gpu.multiprocessors * *hertz;
  const auto sheet = data_sheet_flops(gpu.model, description.type, description.math);
  std::optional<double> native_hot, native_cold;
  bool is_right = true;
  for (Entrant& entrant : entrants) {
    const double hot = flops_of(description).value / summarise(entrant.hot).median;
    const double cold = flops_of(description).value / summarise(entrant.cold).median;
    if (entrant.body == MatmulBody::native) native_hot = hot, native_cold = cold;
    const MatmulCheck check = entrant.matmul->check();
    is_right = is_right && check.elements > 0 && check.wrong == 0;
    std::printf("  %-7s %9.2f %8s %8s %8s %9.2f %8s  %-10s %s\n", text(name_of(entrant.body)).c_str(), hot / 1e12,
                percent(hot, native_hot).c_str(), percent(hot, at_clock).c_str(), percent(hot, sheet).c_str(),
                cold / 1e12, percent(cold, native_cold).c_str(), verdict(check).c_str(),
                entrant.matmul->configuration().c_str());
  }
  return is_right;
}

std::string describe(const MatmulDescription& description) {
  return text(name_of(description.type)) +
         (description.type == ElementType::float32 ? " " + text(name_of(description.math)) : "") + ", layout " +
         text(name_of(description.layout)) + ", epilogue " + text(name_of(description.epilogue));
}

bool measure(const MatmulDescription& description, int rounds, const Gpu& gpu) {
  std::printf("\n%s, m %lld, n %lld, k %lld\n", describe(description).c_str(), static_cast<long long>(description.m),
              static_cast<long long>(description.n), static_cast<long long>(description.k));
  std::vector<Entrant> entrants;
  for (const MatmulBody body : kBodies) {
    if (auto entrant = enter(description, body, gpu)) entrants.push_back(std::move(*entrant));
  }
  MonotonicClock clock;
  TelemetrySampler sampler(gpu, 0, clock);
  sampler.start();
  race(entrants, rounds);
  const std::optional<double> hertz = clock_seen(sampler.stop());
  std::printf("  body   hot TFLOPS  %%native   %%clock   %%sheet cold TFLOPS %%native  result     configuration (%s)\n",
              hertz ? (std::to_string(static_cast<int>(*hertz / 1e6)) + " MHz seen").c_str() : "clock not told");
  return print(entrants, description, gpu, hertz);
}

void search(const MatmulDescription& product, Bytes memory, const Gpu& gpu) {
  for (const MatmulBody body : kBodies) {
    const auto rate = [&](const MatmulDescription& description) -> std::optional<FlopsPerSecond> {
      constexpr int kRuns = 3;
      auto made = make_device_matmul(description, body, Pattern::entropy, 1);
      if (std::holds_alternative<Unsupported>(made)) return std::nullopt;
      auto timer = make_device_timer(gpu.ordinal);
      if (std::holds_alternative<Unsupported>(timer)) return std::nullopt;
      Seconds best{std::numeric_limits<double>::infinity()};
      for (int run = 0; run < kRuns; ++run) {
        best = std::min(best, std::get<std::unique_ptr<DeviceTimer>>(timer)->time(
                                  *std::get<std::unique_ptr<DeviceMatmul>>(made), Cache::hot));
      }
      return flops_of(description) / best;
    };
    const auto shapes = search_shapes(product, {.memory = memory, .multiprocessors = gpu.multiprocessors}, rate);
    const MeasuredShape* best = fastest(shapes);
    if (best == nullptr) continue;
    std::printf("  %-7s best of %zu shapes: %lldx%lldx%lld at %.2f TFLOPS (hot, shortest of 3)\n",
                text(name_of(body)).c_str(), shapes.size(), static_cast<long long>(best->description.m),
                static_cast<long long>(best->description.n), static_cast<long long>(best->description.k),
                best->rate.value / 1e12);
  }
}

int run(const Wishes& wishes) {
  const auto found = gpus_here();
  if (const auto* missing = std::get_if<Unsupported>(&found)) {
    std::fprintf(stderr, "muster_gpu_matmul_table: no GPU to measure: %s\n", missing->reason.c_str());
    return 2;
  }
  const Gpu& gpu = std::get<std::vector<Gpu>>(found).front();
  std::printf("%s, %d multiprocessors, random data, medians of %d interleaved rounds\n", gpu.model.c_str(),
              gpu.multiprocessors, wishes.rounds);
  bool is_right = true;
  for (const std::string& type : wishes.types) {
    const MatmulDescription product{.type = parse_element_type(type),
                                    .layout = parse_matmul_layout(wishes.layout),
                                    .math = parse_float_math(wishes.math),
                                    .epilogue = parse_epilogue(wishes.epilogue)};
    for (const std::string& shape : wishes.shapes) {
      is_right = measure(parse_shape(shape, product), wishes.rounds, gpu) && is_right;
    }
    if (wishes.search_gibibytes > 0) {
      search(product, Bytes{static_cast<std::uint64_t>(wishes.search_gibibytes * 0x1p30)}, gpu);
    }
  }
  return is_right ? 0 : 1;
}

}  // namespace
}  // namespace muster

int main(int argc, char** argv) {
  muster::Wishes wishes;
  CLI::App app("Matmul bodies on the first GPU beside cuBLASLt, interleaved in one run");
  app.add_option("--type", wishes.types, "Element types")->delimiter(',')->capture_default_str();
  app.add_option("--shape", wishes.shapes, "Shapes, <m>x<n>x<k>")->delimiter(',')->capture_default_str();
  app.add_option("--math", wishes.math, "Of float: full or tf32")->capture_default_str();
  app.add_option("--layout", wishes.layout, "nn, nt, tn or tt")->capture_default_str();
  app.add_option("--epilogue", wishes.epilogue, "none, bias, relu or bias_relu")->capture_default_str();
  app.add_option("--rounds", wishes.rounds, "Rounds of all bodies")->check(CLI::Range(1, 10000))->capture_default_str();
  app.add_option("--search", wishes.search_gibibytes, "Also search the fastest shape, in so many GiB")
      ->check(CLI::Range(0.001, 1024.0));
  try {
    app.parse(argc, argv);
    return muster::run(wishes);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "muster_gpu_matmul_table: %s\n", error.what());
    return 2;
  }
}
