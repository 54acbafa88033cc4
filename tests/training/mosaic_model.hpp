// SPDX-License-Identifier: Apache-2.0
// The models of MosaicML's benchmark tables: GPT with as many learned positions as a sample has tokens.
#pragma once

#include <array>

#include "core/csv.hpp"
#include "training/model.hpp"

namespace muster {

inline constexpr std::array<const char*, 3> kMosaicTables = {"training/mosaicml_a100_80gb.csv",
                                                             "training/mosaicml_h100_bf16.csv",
                                                             "training/mosaicml_h100_bf16_128to512gpu.csv"};

inline Model mosaic_model(const CsvRow& row) {
  constexpr Range<int> kAny = {1, 1 << 20};
  Model model;
  model.name = row.text("model");
  model.layers = row.integer("layers", kAny);
  model.hidden = row.integer("d_model", kAny);
  model.heads = model.kv_heads = row.integer("heads", kAny);
  model.head_size = model.hidden / model.heads;
  model.inner = row.integer("ffn_mult", kAny) * model.hidden;
  model.vocabulary = row.integer("vocab", kAny);
  model.tied = model.biases = true;
  model.positions = model.sequence = row.integer("seqlen_t", kAny);
  return model;
}

}  // namespace muster
