// SPDX-License-Identifier: Apache-2.0
// Required rates as a target file: muster/targets/1, which `muster judge --targets` reads (docs/targets.md).
#pragma once

#include "core/file.hpp"
#include "training/require.hpp"

namespace muster {

/// Made for plans of `muster plan --training` of the same model and layout on as many ranks.
Json to_json(const Question& question, const Requirements& requirements);

}  // namespace muster
