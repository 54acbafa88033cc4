// SPDX-License-Identifier: Apache-2.0
// The time of one training step: operators and exchanges of each stage, the pipeline played, what cannot hide behind
// computation, the optimizer. Formulas: docs/training.md "Time".
#pragma once

#include <array>
#include <string_view>

#include "core/units.hpp"
#include "training/layout.hpp"
#include "training/machine.hpp"
#include "training/model.hpp"
#include "training/timing/constants.hpp"
#include "training/timing/corrections.hpp"

namespace muster {

/// What a second of a step is spent on.
enum class Spent {
  products,
  attention,
  memory,     ///< element-wise kernels, norms, softmax, loss
  host,       ///< the GPU waits for launches
  recompute,  ///< forward work done again
  tensor,     ///< exposed transfers, by axis
  context,
  experts,
  weights,    ///< gathering sharded weights, scattering their gradients per layer
  sends,      ///< between pipeline stages
  bubble,     ///< waiting for other stages
  gradients,  ///< exposed reduction of gradients and gathering of weights, once per step
  optimizer,
  other,
};
inline constexpr int kSpent = 14;
std::string_view name_of(Spent spent);

struct StepTime {
  double total = 0;                       ///< s
  std::array<double, kSpent> spent = {};  ///< s of the busiest pipeline rank; sums to `total`

  double& operator[](Spent one) { return spent[static_cast<std::size_t>(one)]; }
  double operator[](Spent one) const { return spent[static_cast<std::size_t>(one)]; }
};

/// What a prediction needs beside model and layout.
struct Setting {
  const Machine& machine;
  const HardwareConstants& hardware;
  const SoftwareConstants& software;
  Software generation = Software::other;
  const Corrections* corrections = nullptr;  ///< by measurements; nullptr: none

  double attention() const { return has_portable_attention(generation) ? hardware.attention_portable : 1; }
};

/// The layout must suit the model (refusal() is empty).
StepTime step_time(const Model& model, const Layout& layout, const Setting& setting);

}  // namespace muster
