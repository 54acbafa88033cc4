// SPDX-License-Identifier: Apache-2.0
// Activations of one micro-batch on one GPU: the parts from which memory.cpp makes up a stage. All in bytes.
#pragma once

#include "training/counting/operators.hpp"

namespace muster {

/// Masks of the dropout behind the embedding.
double embedding_bytes(const Model& model, const Layout& layout);

/// Of the last stage: the input of norm and projection, the logits and their gradient.
double logits_bytes(const Model& model, const Layout& layout);

/// What the loss adds to them before the layers run backward.
double loss_bytes(const Model& model, const Layout& layout);

/// While a layer runs backward: rows of all tensor ranks, and the gradient of its largest matrix before it is summed.
double backward_bytes(const Model& model, const Layout& layout, LayerKind kind);

}  // namespace muster
