// SPDX-License-Identifier: Apache-2.0
// The name of the host that this process runs on.
#pragma once

#include <string>

namespace muster {

/// As the kernel has it; "localhost" if it has none.
std::string host_name();

}  // namespace muster
