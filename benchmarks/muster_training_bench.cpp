// SPDX-License-Identifier: Apache-2.0
// How long predictions and searches of training layouts take, one core, beside what is wanted of them (the counter
// "of_wanted": time over the wanted time). The program muster_training_bench, on Google Benchmark.
#include <benchmark/benchmark.h>

#include "training/layout_json.hpp"
#include "training/machine_library.hpp"
#include "training/model_library.hpp"
#include "training/prediction.hpp"
#include "training/search.hpp"

namespace muster {
namespace {

/// Seconds wanted per iteration, as a rate that Google Benchmark divides by the time.
void compare_with(benchmark::State& state, double wanted) {
  state.counters["of_wanted"] =
      benchmark::Counter(wanted, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

/// One step of Llama 3.1 405B on 16,384 GPUs, with and without virtual stages.
void predict_405b(benchmark::State& state, const char* layout_text) {
  const Model model = read_model("llama3.1-405b");
  const Layout layout = parse_layout(layout_text);
  const StepPredictor predictor(read_machine("dgx-h100"), Software::megatron_2025, nullptr);
  for (auto _ : state) benchmark::DoNotOptimize(predictor.time(model, layout));
  compare_with(state, 0.2e-3);
}
BENCHMARK_CAPTURE(predict_405b, interleaved, "dp=128,tp=8,sp,pp=16,vp=8,lean,mbs=1,gbs=2048,zero=1");
BENCHMARK_CAPTURE(predict_405b, plain, "dp=128,tp=8,sp,pp=16,lean,mbs=1,gbs=2048,zero=1");

void search_for(benchmark::State& state, const char* model, const char* machine, int gpus, int batch, double wanted) {
  SearchRequest request{.model = read_model(model), .machine = read_machine(machine), .gpus = gpus};
  request.given.global_batch = batch;
  std::size_t tried = 0;
  for (auto _ : state) tried = search_layouts(request).tried;
  state.counters["layouts"] = static_cast<double>(tried);
  compare_with(state, wanted);
}
BENCHMARK_CAPTURE(search_for, gpt3_175b_on_512, "gpt3-175b", "dgx-a100", 512, 1536, 1.0)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search_for, llama_405b_on_16384, "llama3.1-405b", "dgx-h100", 16384, 2048, 5.0)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace muster

BENCHMARK_MAIN();
