// SPDX-License-Identifier: Apache-2.0
// What the numbers mean that NVIDIA's driver writes into the kernel's log ("NVRM: Xid"). Used by the rules of health.
#pragma once

#include <string>

#include "reports/health.hpp"
#include "topology/finding.hpp"

namespace muster {

struct XidMeaning {
  /// error = the hardware or its firmware failed; warning = doubtful; note = a program's fault, the GPU is sound.
  Severity severity = Severity::warning;
  std::string text{};  ///< "fell off the bus"
};

/// Of one code, with what its line says where that matters. Codes that are not in the table are doubtful.
XidMeaning meaning_of(const XidEvent& event);

}  // namespace muster
