// SPDX-License-Identifier: Apache-2.0
// Model descriptions as files: JSON muster/model/1 (docs/training.md, "Descriptions"), read strictly.
#pragma once

#include <string>

#include "core/file.hpp"
#include "training/model.hpp"

namespace muster {

/// Throws Error naming `origin` and the key; the result has passed check().
Model model_from_json(const Json& json, const std::string& origin);

/// Keys that say what goes without saying are left out.
Json to_json(const Model& model);

}  // namespace muster
