// SPDX-License-Identifier: Apache-2.0
// The search against timing every layout, and what it may leave out.
#include "training/search.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "training/counting/memory.hpp"
#include "training/layout_fixed.hpp"
#include "training/layout_json.hpp"
#include "training/machine_library.hpp"
#include "training/model_library.hpp"

namespace muster {
namespace {

SearchRequest request_of(const char* model, int gpus, int batch, const char* machine = "dgx-h100") {
  SearchRequest request{.model = read_model(model), .machine = read_machine(machine), .gpus = gpus};
  request.given.global_batch = batch;
  return request;
}

/// Every layout that fits, timed.
std::vector<FoundLayout> all_of(const SearchRequest& request) {
  const StepPredictor predictor(request.machine, request.software, request.measured);
  std::vector<FoundLayout> all;
  each_layout(request, [&](const Layout& layout) {
    const double memory = total_of(peak_memory(request.model, layout).use);
    if (memory > static_cast<double>(request.machine.accelerator.memory.value)) return;
    all.push_back({.layout = layout, .time = predictor.time(request.model, layout), .memory = memory});
  });
  std::sort(all.begin(), all.end(), [](const FoundLayout& a, const FoundLayout& b) {
    return std::tuple(a.time.total, a.memory, short_text(a.layout)) <
           std::tuple(b.time.total, b.memory, short_text(b.layout));
  });
  return all;
}

TEST(Search, Finds_what_timing_every_layout_finds) {
  for (const auto& [model, gpus, batch] :
       {std::tuple{"llama3-8b", 16, 64}, std::tuple{"llama3-70b", 128, 128}, std::tuple{"mixtral-8x7b", 64, 64}}) {
    const SearchRequest request = request_of(model, gpus, batch);
    const SearchResult result = search_layouts(request);
    const std::vector<FoundLayout> all = all_of(request);
    ASSERT_FALSE(result.best.empty()) << model;
    ASSERT_LE(result.best.size(), all.size());
    for (std::size_t i = 0; i < result.best.size(); ++i) {
      EXPECT_EQ(short_text(result.best[i].layout), short_text(all[i].layout)) << model << " place " << i;
    }
    EXPECT_EQ(result.tried, all.size() + result.too_large);
  }
}

TEST(Search, No_layout_beats_one_of_the_front_in_time_and_memory_and_each_other_is_beaten) {
  const SearchRequest request = request_of("llama3-70b", 64, 64);
  const SearchResult result = search_layouts(request);
  ASSERT_GE(result.front.size(), 2U);
  std::set<std::string> on_front;
  for (const FoundLayout& one : result.front) on_front.insert(short_text(one.layout));
  for (const FoundLayout& other : all_of(request)) {
    const bool beaten = std::any_of(result.front.begin(), result.front.end(), [&](const FoundLayout& one) {
      return one.time.total <= other.time.total && one.memory <= other.memory;
    });
    EXPECT_TRUE(beaten) << short_text(other.layout);
    for (const FoundLayout& one : result.front) {
      EXPECT_FALSE(other.time.total < one.time.total && other.memory < one.memory) << short_text(other.layout);
    }
  }
  EXPECT_EQ(short_text(result.front.front().layout), short_text(result.best.front().layout));
}

TEST(Search, The_least_time_is_never_undercut) {
  for (const char* model : {"llama3-8b", "mixtral-8x7b", "deepseek-v2-lite"}) {
    const SearchRequest request = request_of(model, 32, 64);
    const StepPredictor predictor(request.machine, request.software, nullptr);
    each_layout(request, [&](const Layout& layout) {
      EXPECT_LE(predictor.least_time(request.model, layout), predictor.time(request.model, layout).total)
          << model << " " << short_text(layout);
    });
  }
}

TEST(Search, All_results_use_the_gpus_suit_the_model_and_fit) {
  const SearchRequest request = request_of("llama3.1-405b", 512, 512);
  for (const FoundLayout& one : search_layouts(request).best) {
    EXPECT_EQ(gpus_of(one.layout), 512);
    EXPECT_EQ(refusal(request.model, one.layout), "");
    EXPECT_EQ(memory_refusal(request.model, one.layout, request.machine.accelerator), "");
  }
}

TEST(Search, What_is_fixed_stays) {
  const FixedLayout fixed = read_fixed_layout("tp=4,recompute=full,precision=fp8");
  SearchRequest request = request_of("llama3-70b", 64, 64);
  request.given = fixed.layout;
  request.given.global_batch = 64;
  request.allowed = [&](const Layout& layout) { return fixed.allows(layout); };
  const SearchResult result = search_layouts(request);
  ASSERT_FALSE(result.best.empty());
  for (const FoundLayout& one : result.best) {
    EXPECT_EQ(one.layout.tensor, 4);
    EXPECT_EQ(one.layout.recompute, Recompute::full);
    EXPECT_EQ(one.layout.precision, Precision::fp8);
  }
}

TEST(Search, A_model_that_fits_nowhere_has_no_layout) {
  const SearchResult result = search_layouts(request_of("llama3.1-405b", 8, 8));
  EXPECT_TRUE(result.best.empty());
  EXPECT_TRUE(result.front.empty());
  EXPECT_GT(result.too_large, 0U);
}

}  // namespace
}  // namespace muster
