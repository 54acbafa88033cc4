// SPDX-License-Identifier: Apache-2.0
// The expected outcome "this machine has no such thing", as a value with its reason.
#pragma once

#include <string>

namespace muster {

struct Unsupported {
  std::string reason;  ///< one line: what is missing
};

}  // namespace muster
