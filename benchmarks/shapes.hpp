// SPDX-License-Identifier: Apache-2.0
// Matrix products of transformer layers: rows are tokens, n and k belong to the model.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace muster {

struct LayerShape {
  std::string_view name;
  std::int64_t n, k;
};

/// One layer of Llama 3 8B (hidden 4096, feed-forward 14336, 32 heads and 8 key-value heads of 128; Llama 3 paper,
/// table 3).
inline constexpr std::array<LayerShape, 4> kLayerShapes = {{
    {"query, key and value", (32 + 2 * 8) * 128, 4096},
    {"attention output", 4096, 4096},
    {"feed-forward up", 14336, 4096},
    {"feed-forward down", 4096, 14336},
}};

}  // namespace muster
