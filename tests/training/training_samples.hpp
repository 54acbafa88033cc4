// SPDX-License-Identifier: Apache-2.0
// Models and layouts so small that everything about them can be counted by hand.
#pragma once

#include "training/layout.hpp"
#include "training/model.hpp"

namespace muster {

/// GPT-3 in small: 4 layers of 64, 4 heads of 16, 512 words, 32 positions.
inline Model small_dense() {
  Model model{.name = "small dense", .layers = 4, .hidden = 64, .heads = 4, .kv_heads = 4, .head_size = 16};
  model.inner = 256;
  model.vocabulary = 512;
  model.tied = model.biases = true;
  model.positions = model.sequence = 32;
  return model;
}

/// Llama in small: 4 layers of 64, 8 heads of 8 that share 2 key-value heads, 256 words.
inline Model small_grouped() {
  Model model{.name = "small grouped", .layers = 4, .hidden = 64, .heads = 8, .kv_heads = 2, .head_size = 8};
  model.inner = 128;
  model.feed_forward = FeedForward::gated;
  model.vocabulary = 256;
  model.sequence = 64;
  return model;
}

/// Mixtral in small: 4 layers of 64, 8 heads of 8, 8 experts of 32 of which a token meets 2, 256 words.
inline Model small_experts() {
  Model model = small_grouped();
  model.name = "small experts";
  model.kv_heads = 8;
  model.inner = 0;
  model.experts = Experts{.count = 8, .top_k = 2, .inner = 32};
  return model;
}

}  // namespace muster
