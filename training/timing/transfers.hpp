// SPDX-License-Identifier: Apache-2.0
// The time of one collective of a group of ranks on a machine.
#pragma once

#include "core/collective.hpp"
#include "training/counting/traffic.hpp"
#include "training/machine.hpp"
#include "training/timing/constants.hpp"

namespace muster {

/// s; 0 for a group of one.
double exchange_time(const GroupExchange& exchange, const Group& group, const Machine& machine,
                     const HardwareConstants& constants);

}  // namespace muster
