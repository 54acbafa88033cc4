// SPDX-License-Identifier: Apache-2.0
// muster search: the shape at which a matrix product runs fastest on a GPU here, apart from the rates at fixed shapes.
#include <algorithm>
#include <iostream>
#include <memory>

#include "benchmarks/gpu_search.hpp"
#include "cli/command.hpp"
#include "cli/report_files.hpp"
#include "core/error.hpp"
#include "reports/text_table.hpp"
#include "topology/gpu_arithmetic.hpp"

namespace muster {
namespace {

struct SearchOptions {
  std::string type = "bfloat16", math = "full", body = "native", layout = "nt", data = "entropy", cache = "cold";
  int gpu = 0;
  int measurements = 60;
  int shown = 10;
};

void print_search(const GpuSearch& search, const GpuSearchRequest& request, int shown) {
  std::vector<const MeasuredShape*> best;
  for (const MeasuredShape& shape : search.shapes) best.push_back(&shape);
  std::ranges::stable_sort(best, std::ranges::greater{}, [](const MeasuredShape* shape) { return shape->rate; });
  const auto sheet = data_sheet_flops(search.gpu.model, request.product.type, request.product.math);
  const auto per_clock = flops_per_clock(search.gpu.compute_capability, request.product.type, request.product.math);
  const double peak = per_clock.value_or(0) * search.gpu.multiprocessors * search.gpu.clock_hertz;
  TextTable table({{"m"}, {"n"}, {"k"}, {"TFLOPS"}, {"%limit"}, {"%sheet"}});
  for (const MeasuredShape* shape : best) {
    if (shown-- <= 0) break;
    const double rate = shape->rate.value;
    table.add({std::to_string(shape->description.m), std::to_string(shape->description.n),
               std::to_string(shape->description.k), significant(rate / 1e12), peak > 0 ? percent(rate / peak) : "-",
               sheet ? percent(rate / *sheet) : "-"});
  }
  std::cout << search.gpu.model << ", " << name_of(request.body) << ", the fastest of " << search.shapes.size()
            << " shapes (results not checked; muster bench --shape checks one)\n";
  table.print(std::cout, style_of_output());
}

int run_search(const SearchOptions& options) {
  GpuSearchRequest request;
  request.product.type = parse_element_type(options.type);
  request.product.math = parse_float_math(options.math);
  request.product.layout = parse_matmul_layout(options.layout);
  request.body = parse_matmul_body(options.body);
  request.data = parse_pattern(options.data);
  request.cache = parse_cache(options.cache);
  request.gpu = options.gpu;
  request.measurements = options.measurements;
  const auto found = search_on_gpu(request);
  if (const auto* missing = std::get_if<Unsupported>(&found)) throw Error(missing->reason);
  print_search(std::get<GpuSearch>(found), request, options.shown);
  return 0;
}

}  // namespace

void add_search(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("search", "Find the shape at which a matrix product is fastest on a GPU");
  const auto options = std::make_shared<SearchOptions>();
  command->add_option("--type", options->type, "Element type: bfloat16, half, f8e4m3, int8, float, double")
      ->capture_default_str();
  command->add_option("--math", options->math, "full, or tf32 for float")->capture_default_str();
  command->add_option("--body", options->body, "native, wgmma, mma, tiled or plain")->capture_default_str();
  command->add_option("--layout", options->layout, "nn, nt, tn or tt: which of A and B are transposed")
      ->capture_default_str();
  command->add_option("--data", options->data, "entropy, exact or zeros")->capture_default_str();
  command->add_option("--cache", options->cache, "cold or hot")->capture_default_str();
  command->add_option("--gpu", options->gpu, "Number of the GPU")->capture_default_str()->check(CLI::Range(0, 1023));
  command->add_option("--measurements", options->measurements, "At most so many shapes")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000));
  command->add_option("--show", options->shown, "So many of the fastest")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000));
  command->callback([options, &exit_code] { exit_code = run_search(*options); });
}

}  // namespace muster
