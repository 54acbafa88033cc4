// SPDX-License-Identifier: Apache-2.0
// The question and its answer: how long a step of this model takes under this layout on this machine, how sure that
// is, what it comes to per second, dollar and joule, and which improvement would buy most.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "training/layout.hpp"
#include "training/machine.hpp"
#include "training/measured.hpp"
#include "training/model.hpp"
#include "training/software.hpp"
#include "training/timing/constants.hpp"
#include "training/timing/corrections.hpp"
#include "training/timing/step.hpp"

namespace muster {

struct Question {
  Model model = {};
  Layout layout = {};
  Machine machine = {};
  Software software = Software::megatron_2025;
  const Measured* measured = nullptr;    ///< nullptr: formulas only
  std::optional<double> straggler = {};  ///< relative spread of the GPUs' speed; adds what all lose to the slowest
};

/// Which assumption a prediction rests on, and what it concerns: "all_reduce of 512 ranks: no measurement, from the
/// machine's rates".
struct Assumption {
  std::string about = {};
  std::string text = {};
};

struct Prediction {
  StepTime time = {};
  double least = 0, most = 0;  ///< s of a step: 90 % interval (docs/training.md "Uncertainty")
  double model_flops = 0;      ///< of a step by the model's mathematics, masked pairs counted (PaLM convention)
  double hardware_flops = 0;   ///< with what is recomputed
  double tokens = 0;           ///< of a step
  double mfu = 0, hfu = 0;     ///< of the peak of the layout's precision... of 16 bits: MFU's usual base
  double tokens_per_second = 0;
  double tokens_per_second_per_gpu = 0;
  double joules_per_token = 0;    ///< at the GPUs' power limit; 0 unknown
  double measured_products = 0;   ///< share of the products' time whose rate was measured
  double measured_exchanges = 0;  ///< share of the collectives' bytes whose rate was measured
  std::vector<Assumption> assumptions = {};
};

/// Throws Error with refusal()'s words when the layout cannot be.
Prediction predict(const Question& question);

/// Times of many layouts on one machine. Measurements are looked through once.
class StepPredictor {
 public:
  /// `measured` may be null.
  StepPredictor(const Machine& machine, Software software, const Measured* measured);

  /// The layout must suit the model (refusal() is empty).
  StepTime time(const Model& model, const Layout& layout) const;

  /// s that no layout with this recomputation and precision can undercut: all products at the rate of the largest,
  /// spread evenly over the GPUs.
  double least_time(const Model& model, const Layout& layout) const;

 private:
  Machine machine_;
  Software software_;
  HardwareConstants hardware_;
  SoftwareConstants constants_;
  Corrections corrections_;
};

/// Only the time. The layout must suit.
StepTime predict_time(const Question& question);

struct Sensitivity {
  std::string what = {};  ///< "matrix products", "links in the node", "network", "latency"
  double gain = 0;        ///< share of the step that a 10 % better rate saves
};
std::vector<Sensitivity> sensitivities(const Question& question);

}  // namespace muster
