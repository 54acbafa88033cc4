// SPDX-License-Identifier: Apache-2.0
// What lies in the memory of one GPU at the fullest moment of a step, by kind. Formulas and their sources:
// docs/training.md, "Memory". Asked by search for every layout: no allocation but in a refusal.
#pragma once

#include <string>

#include "training/counting/operators.hpp"
#include "training/layout.hpp"
#include "training/machine.hpp"
#include "training/model.hpp"

namespace muster {

/// Bytes. Contexts of drivers and buffers of communicators are not in it: they live in what data sheets leave out of
/// a GPU's memory (accelerators.cpp).
struct MemoryUse {
  double weights = 0;  ///< what is computed with, or the fp32 shares where parameters are sharded
  double gradients = 0;
  double optimizer = 0;    ///< Adam's two moments, and fp32 copies of weights that are held in 16 bits
  double activations = 0;  ///< kept for the backward pass, of all micro-batches in flight
  double logits = 0;       ///< of the last stage, with their gradient
  double working = 0;      ///< of one layer's backward pass, or of the loss: the larger
};
double total_of(const MemoryUse& use);

/// Bytes that one layer keeps for the backward pass of one micro-batch on one GPU; `recompute` as the layout says.
double kept_bytes(const Model& model, const Layout& layout, LayerKind kind);

/// Chunks of the model whose activations pipeline rank `rank` holds at once, at most.
double chunks_in_flight(const Layout& layout, int rank);

/// The layout has passed refusal().
MemoryUse memory_use(const Model& model, const Layout& layout, int pipeline_rank);

struct PeakMemory {
  int pipeline_rank = 0;
  MemoryUse use = {};
};
/// Of the fullest pipeline rank.
PeakMemory peak_memory(const Model& model, const Layout& layout);

/// Why the machine's GPUs cannot hold it ("pipeline rank 0 needs 93.1 GB of 80.0 GB, ..."), or empty.
std::string memory_refusal(const Model& model, const Layout& layout, const Accelerator& accelerator);

}  // namespace muster
