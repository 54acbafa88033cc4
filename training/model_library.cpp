// SPDX-License-Identifier: Apache-2.0
#include "training/model_library.hpp"

#include "training/described_file.hpp"
#include "training/model_json.hpp"

namespace muster {

Model read_model(const std::string& name_or_path) {
  return model_from_json(described_json(name_or_path, shipped_models(), "model"), name_or_path);
}

}  // namespace muster
