// SPDX-License-Identifier: Apache-2.0
// What data sheets say of the GPUs that train: a table with a source per line (accelerators.cpp). Machines name one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "training/machine.hpp"

namespace muster {

std::vector<std::string_view> accelerator_names();

/// By name, or by a product string as a driver gives it ("NVIDIA A100-SXM4-40GB"); empty when it is not in the table.
std::optional<Accelerator> find_accelerator(std::string_view text);

}  // namespace muster
