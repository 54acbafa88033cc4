// SPDX-License-Identifier: Apache-2.0
// A validation as JSON (muster/training-validation/1): errors by table and hardware, every run, all constants.
#pragma once

#include <vector>

#include "core/file.hpp"
#include "training/validation/validation.hpp"

namespace muster {

/// `validation` is that of `runs` by this seed.
Json to_json(const Validation& validation, const std::vector<PublishedRun>& runs, std::uint64_t seed);

}  // namespace muster
