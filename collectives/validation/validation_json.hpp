// SPDX-License-Identifier: Apache-2.0
// A validation as JSON (muster/collective-validation/1): all points, errors and constants.
#pragma once

#include "collectives/validation/validation.hpp"
#include "core/file.hpp"

namespace muster {

Json to_json(const ValidationReport& report);

}  // namespace muster
