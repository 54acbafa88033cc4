// SPDX-License-Identifier: Apache-2.0
#include "training/search.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "core/error.hpp"
#include "training/counting/memory.hpp"
#include "training/counting/operators.hpp"
#include "training/layout_json.hpp"

namespace muster {
namespace {

constexpr int kLargestMicroBatch = 16;
constexpr int kMostPipelineRanks = 128;
constexpr int kMostContextRanks = 64;

/// Divisors of `whole` up to `most`, ascending.
std::vector<int> divisors(int whole, int most) {
  std::vector<int> all;
  for (int one = 1; one <= std::min(whole, most); ++one) {
    if (whole % one == 0) all.push_back(one);
  }
  return all;
}

/// Chunks per pipeline rank that are worth trying: none, or those that leave every chunk the same number of layers
/// (ends counted as layers where only that divides).
std::vector<int> chunk_counts(const Model& model, Layout& layout) {
  std::vector<int> counts = {1};
  layout.lean_ends = false;
  if (layout.pipeline == 1) return counts;
  const bool even = model.layers % layout.pipeline == 0;
  layout.lean_ends = !even && (model.layers + 2) % layout.pipeline == 0;
  const int parts = model.layers + (layout.lean_ends ? 2 : 0);
  if (parts % layout.pipeline != 0 || micro_batches_of(layout) % layout.pipeline != 0) return counts;
  for (const int chunks : divisors(parts / layout.pipeline, parts)) {
    if (chunks > 1) counts.push_back(chunks);
  }
  return counts;
}

/// The nested choices, outermost first; each fills its part of the layout and calls the next.
class Enumeration {
 public:
  Enumeration(const SearchRequest& request, const std::function<void(const Layout&)>& visit)
      : request_(request), visit_(visit), layout_(request.given) {}

  void run() {
    for (const int tensor : divisors(request_.gpus, request_.machine.gpus_per_node)) {
      if (request_.model.heads % tensor != 0) continue;
      layout_.tensor = tensor;
      layout_.sequence_parallel = tensor > 1;
      for (const int pipeline : divisors(request_.gpus / tensor, std::min(request_.model.layers, kMostPipelineRanks))) {
        layout_.pipeline = pipeline;
        contexts(request_.gpus / tensor / pipeline);
      }
    }
  }

 private:
  void contexts(int left) {
    for (const int context : divisors(left, kMostContextRanks)) {
      layout_.context = context;
      layout_.data = left / context;
      if (layout_.global_batch % layout_.data == 0) experts();
    }
  }

  void experts() {
    if (!request_.model.experts) {
      micro_batches();
      return;
    }
    const int ranks = layout_.tensor * layout_.context * layout_.data;
    for (const int expert : divisors(request_.model.experts->count, ranks)) {
      if (ranks % expert != 0) continue;
      layout_.expert = expert;
      micro_batches();
    }
  }

  void micro_batches() {
    const int own = layout_.global_batch / layout_.data;
    for (int size = 1; size <= std::min(own, kLargestMicroBatch); size *= 2) {
      if (own % size != 0) continue;
      layout_.micro_batch = size;
      for (const int chunks : chunk_counts(request_.model, layout_)) {
        layout_.virtual_stages = chunks;
        shardings();
      }
    }
  }

  void shardings() {
    for (const Sharding sharding : {Sharding::optimizer, Sharding::parameters}) {
      // FSDP gathers weights for every micro-batch: with a pipeline that is never worth it.
      if (sharding == Sharding::parameters && layout_.pipeline > 1) continue;
      layout_.sharding = sharding;
      for (const Recompute recompute : {Recompute::none, Recompute::full}) {
        layout_.recompute = recompute;
        if (request_.allowed && !request_.allowed(layout_)) continue;
        if (refusal(request_.model, layout_).empty()) visit_(layout_);
      }
    }
  }

  const SearchRequest& request_;
  const std::function<void(const Layout&)>& visit_;
  Layout layout_;
};

bool is_better(const FoundLayout& a, const FoundLayout& b) {
  if (a.time.total != b.time.total) return a.time.total < b.time.total;
  if (a.memory != b.memory) return a.memory < b.memory;
  return short_text(a.layout) < short_text(b.layout);
}

/// Keeps the fastest, and those that no other beats in both time and memory.
class Results {
 public:
  explicit Results(std::size_t top) : top_(top) {}

  /// Whether a layout that takes at least `time` and so much memory could be among the results.
  bool may_count(double time, double memory) const {
    if (best_.size() < top_ || time <= best_.back().time.total) return true;
    return std::none_of(front_.begin(), front_.end(),
                        [&](const FoundLayout& known) { return known.time.total < time && known.memory <= memory; });
  }

  void offer(const FoundLayout& found) {
    best_.insert(std::upper_bound(best_.begin(), best_.end(), found, is_better), found);
    if (best_.size() > top_) best_.pop_back();
    const auto beats = [](const FoundLayout& a, const FoundLayout& b) {
      return a.time.total <= b.time.total && a.memory <= b.memory && is_better(a, b);
    };
    if (std::any_of(front_.begin(), front_.end(), [&](const FoundLayout& known) { return beats(known, found); }))
      return;
    std::erase_if(front_, [&](const FoundLayout& known) { return beats(found, known); });
    front_.insert(std::upper_bound(front_.begin(), front_.end(), found, is_better), found);
  }

  std::vector<FoundLayout> best() && { return std::move(best_); }
  std::vector<FoundLayout> front() && { return std::move(front_); }

 private:
  std::size_t top_;
  std::vector<FoundLayout> best_ = {}, front_ = {};
};

}  // namespace

void each_layout(const SearchRequest& request, const std::function<void(const Layout&)>& visit) {
  Enumeration(request, visit).run();
}

SearchResult search_layouts(const SearchRequest& request) {
  if (peak_of(request.machine, request.given.precision).value <= 0) {
    throw Error(request.machine.accelerator.name + " has no " + std::string(name_of(request.given.precision)) +
                " matrix products; choose another precision");
  }
  const StepPredictor predictor(request.machine, request.software, request.measured);
  const auto room = static_cast<double>(request.machine.accelerator.memory.value);
  SearchResult result;
  Results found(request.top);
  each_layout(request, [&](const Layout& layout) {
    ++result.tried;
    const double memory = total_of(peak_memory(request.model, layout).use);
    if (memory > room) {
      ++result.too_large;
      return;
    }
    if (!found.may_count(predictor.least_time(request.model, layout), memory)) return;
    ++result.timed;
    found.offer({.layout = layout, .time = predictor.time(request.model, layout), .memory = memory});
  });
  result.front = Results(found).front();
  result.best = std::move(found).best();
  return result;
}

}  // namespace muster
