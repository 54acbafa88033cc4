// SPDX-License-Identifier: Apache-2.0
// The inverse of a prediction: from the step that is demanded to the least rates of products and collectives
// (docs/training.md "Require"). As a target file that an acceptance run of a few ranks can check: require_json.hpp.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "training/needs.hpp"
#include "training/prediction.hpp"

namespace muster {

struct RequiredRate {
  double rate = 0;       ///< flop/s of a product; bytes/s of bus bandwidth of a collective
  double predicted = 0;  ///< what the machine's formula gives
  /// Of the predicted rate, what suffices when all others are as predicted; nullopt: no rate of it alone does.
  std::optional<double> alone = {};
};

struct RequiredProduct {
  NeededProduct product = {};
  RequiredRate required = {};
};

struct RequiredExchange {
  MeasurableExchange exchange = {};
  RequiredRate required = {};
};

struct Requirements {
  double step = 0;            ///< s, demanded
  double predicted_step = 0;  ///< s
  double factor = 1;          ///< of all predicted rates together; below 1 there is room
  RankSpread launch = {};
  std::vector<RequiredProduct> products = {};
  std::vector<RequiredExchange> exchanges = {};
  std::vector<std::string> unchecked = {};  ///< what the launch cannot check, a line each
  std::vector<std::string> borrowed = {};   ///< what it checks on another group or size
};

/// Rates stay at most the peak and the line rates. Throws Error when the layout cannot be, or when the step cannot be
/// reached with all of them there. `largest` bounds the sizes of collectives. What the question measured is not used.
Requirements requirements_of(const Question& question, Seconds step, const RankSpread& launch, Bytes largest);

}  // namespace muster
