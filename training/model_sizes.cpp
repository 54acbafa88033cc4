// SPDX-License-Identifier: Apache-2.0
#include "training/model_sizes.hpp"

#include <array>

namespace muster {
namespace {

constexpr int kMostLayers = 1 << 10;
constexpr int kMostHidden = 1 << 17;
constexpr int kMostHeads = 1 << 12;
constexpr int kMostHeadSize = 1 << 13;
constexpr int kMostInner = 1 << 20;
constexpr int kMostExperts = 1 << 12;
constexpr int kMostWords = 1 << 24;
constexpr int kMostTokens = 1 << 24;

constexpr std::array<SizeKey<Model>, 12> kModel = {{
    {"layers", &Model::layers, {1, kMostLayers}, {}},
    {"hidden", &Model::hidden, {1, kMostHidden}, {}},
    {"heads", &Model::heads, {1, kMostHeads}, {}},
    {"kv_heads", &Model::kv_heads, {1, kMostHeads}, 0},       // 0 becomes `heads`
    {"head_size", &Model::head_size, {1, kMostHeadSize}, 0},  // 0 becomes hidden / heads
    {"inner", &Model::inner, {0, kMostInner}, 0},             // 0 where all layers have experts
    {"vocabulary", &Model::vocabulary, {1, kMostWords}, {}},
    {"positions", &Model::positions, {0, kMostTokens}, 0},
    {"window", &Model::window, {0, kMostTokens}, 0},
    {"window_every", &Model::window_every, {1, kMostLayers}, 1},
    {"prediction_layers", &Model::prediction_layers, {0, 64}, 0},
    {"sequence", &Model::sequence, {1, kMostTokens}, {}},
}};

constexpr std::array<SizeKey<LatentAttention>, 5> kLatent = {{
    {"query_rank", &LatentAttention::query_rank, {0, kMostHidden}, 0},
    {"key_value_rank", &LatentAttention::key_value_rank, {1, kMostHidden}, {}},
    {"plain_size", &LatentAttention::plain_size, {0, kMostHeadSize}, {}},
    {"rotary_size", &LatentAttention::rotary_size, {0, kMostHeadSize}, {}},
    {"value_size", &LatentAttention::value_size, {1, kMostHeadSize}, {}},
}};

constexpr std::array<SizeKey<Experts>, 6> kExperts = {{
    {"count", &Experts::count, {1, kMostExperts}, {}},
    {"top_k", &Experts::top_k, {1, kMostExperts}, {}},
    {"inner", &Experts::inner, {1, kMostInner}, {}},
    {"shared_inner", &Experts::shared_inner, {0, kMostInner}, 0},
    {"leading_dense", &Experts::leading_dense, {0, kMostLayers}, 0},
    {"every", &Experts::every, {1, kMostLayers}, 1},
}};

}  // namespace

std::span<const SizeKey<Model>> model_sizes() { return kModel; }
std::span<const SizeKey<LatentAttention>> latent_sizes() { return kLatent; }
std::span<const SizeKey<Experts>> expert_sizes() { return kExperts; }

}  // namespace muster
