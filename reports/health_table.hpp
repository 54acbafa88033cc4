// SPDX-License-Identifier: Apache-2.0
// The state of the GPUs for people: part of the report's text.
#pragma once

#include <iosfwd>

#include "reports/health_rules.hpp"
#include "reports/text_table.hpp"

namespace muster {

/// One line per GPU with its verdict (the worst finding about it), then the findings, then the cases that were measured
/// on a slowed down GPU. Prints nothing where nothing is known of any GPU and nothing was found.
void print_health(std::ostream& out, const HealthSummary& summary, const TextStyle& style);

}  // namespace muster
