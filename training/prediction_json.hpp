// SPDX-License-Identifier: Apache-2.0
// A prediction as JSON: muster/training-prediction/1 (reports/schema/training-prediction.schema.json).
#pragma once

#include <vector>

#include "core/file.hpp"
#include "training/prediction.hpp"

namespace muster {

Json to_json(const Question& question, const Prediction& prediction, const std::vector<Sensitivity>& sensitivities);

}  // namespace muster
