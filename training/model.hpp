// SPDX-License-Identifier: Apache-2.0
// A transformer as training sees it: the sizes from which operators, parameters and bytes are counted. JSON:
// muster/model/1 (model_json.cpp); the well-known ones are in models/ and found by name (model_library.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace muster {

/// What the two or three matrices of a feed-forward block do.
enum class FeedForward {
  plain,  ///< hidden -> inner, activation, inner -> hidden: two matrices (GELU, squared ReLU)
  gated,  ///< two matrices in, one out (SwiGLU, GeGLU)
};

/// Multi-latent attention (DeepSeek-V2, section 2.1): queries and keys/values pass through narrow projections.
struct LatentAttention {
  int query_rank = 0;  ///< 0: queries are projected directly
  int key_value_rank = 0;
  int plain_size = 0;   ///< per head, of queries and keys without rotary positions
  int rotary_size = 0;  ///< per head, with rotary positions; the key's part is shared by all heads
  int value_size = 0;   ///< per head
};

struct Experts {
  int count = 0;
  int top_k = 0;
  int inner = 0;          ///< inner size of one expert
  int shared_inner = 0;   ///< of all shared experts together; 0: none
  int leading_dense = 0;  ///< so many first layers have the dense block of Model::inner
  int every = 1;          ///< of the layers behind them, each `every`-th has experts
};

struct Model {
  std::string name = {};
  std::string source = {};
  int layers = 0;
  int hidden = 0;
  int heads = 0;
  int kv_heads = 0;   ///< = heads: multi-head; 1: multi-query; between: grouped-query
  int head_size = 0;  ///< hidden / heads unless the description says otherwise
  int inner = 0;      ///< of the dense feed-forward block
  FeedForward feed_forward = FeedForward::plain;
  int vocabulary = 0;
  bool tied = false;          ///< the output projection is the embedding's matrix
  bool biases = false;        ///< linear layers and norms have biases (GPT-2, GPT-3)
  int positions = 0;          ///< learned position embeddings; 0: rotary or other without parameters
  int window = 0;             ///< tokens that sliding-window layers see; 0: no such layers
  int window_every = 1;       ///< of the layers, all but each `window_every`-th slide; 1: all of them
  int prediction_layers = 0;  ///< extra layers that predict further tokens (DeepSeek-V3, section 2.2)
  int sequence = 0;           ///< tokens per sample unless the layout says otherwise
  std::optional<LatentAttention> latent = {};
  std::optional<Experts> experts = {};
};

/// Throws Error: which size is impossible and why (heads that kv_heads does not divide, top_k > count, ...).
void check(const Model& model);

enum class LayerKind { dense, experts };

/// What the attention of a layer sees: all earlier tokens, or Model::window of them.
enum class Reach { all, window };

/// Whether layer `index` (from 0) routes its tokens to experts.
bool has_experts(const Model& model, int index);
int expert_layers(const Model& model);

/// Whether layer `index` attends to `window` tokens only.
bool has_window(const Model& model, int index);

/// Counts of weights, norms and biases included. `total` = all; `active` = what one token meets (top_k of the
/// experts). Source of the terms: docs/training.md "Parameters".
struct Parameters {
  std::uint64_t attention = 0;   ///< of one layer
  std::uint64_t dense = 0;       ///< feed-forward block of one dense layer
  std::uint64_t expert = 0;      ///< one expert
  std::uint64_t shared = 0;      ///< shared experts and router of one expert layer
  std::uint64_t norms = 0;       ///< of one layer
  std::uint64_t embedding = 0;   ///< words and positions
  std::uint64_t output = 0;      ///< projection to the vocabulary where it is not tied, and the last norm
  std::uint64_t prediction = 0;  ///< all further-token layers
  std::uint64_t total = 0;
  std::uint64_t active = 0;
};
Parameters parameters_of(const Model& model);

}  // namespace muster
