// SPDX-License-Identifier: Apache-2.0
// The live reader: this machine, by everything that can be asked here (hwloc, sysfs, and NVIDIA's driver where it is).
#pragma once

#include "topology/readers/readers.hpp"

namespace muster {

/// Works without privileges. What cannot be read is left unknown, and provenance says so. Throws Error when hwloc
/// cannot read the machine at all, or when an NVIDIA driver is there but refuses to answer.
Imported discover();

}  // namespace muster
