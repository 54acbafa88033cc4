// SPDX-License-Identifier: Apache-2.0
// The models that ship, built into the program from models/*.json of this folder, each with its source.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "training/model.hpp"

namespace muster {

struct ModelText {
  std::string_view name;  ///< "llama3.1-405b"
  std::string_view text;  ///< the JSON file
};

/// Sorted by name.
std::span<const ModelText> shipped_models();

/// A shipped model by its name, else the file of that path. Throws Error when neither is there.
Model read_model(const std::string& name_or_path);

}  // namespace muster
