// SPDX-License-Identifier: Apache-2.0
// In which order ranks should take the processors of a host: a core of its own for each before any core gets two.
#pragma once

#include <string>
#include <vector>

namespace muster {

/// `processors` (logical CPU numbers, ascending) with the first hardware thread of every core before the second ones.
/// `cpu_folder` is /sys/devices/system/cpu; where it does not tell the siblings, the order stays as it is.
std::vector<int> cores_first(std::vector<int> processors, const std::string& cpu_folder);

}  // namespace muster
