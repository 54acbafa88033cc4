// SPDX-License-Identifier: Apache-2.0
// The parts of run.jsonl that report.json embeds, read. Used by run_reader.cpp and report_reader.cpp.
#pragma once

#include <string>
#include <vector>

#include "core/fields.hpp"
#include "reports/record.hpp"

namespace muster {

// Each takes its own keys from `fields` and leaves finish() to the caller. Throws Error naming the place and the key.

RunHeader header_from_json(Fields& fields, const std::string& where);
Incident incident_from_json(Fields& fields);
CheckResult check_from_json(const Json& json, const std::string& where);
/// Durations of operations: each more than nothing and less than a day.
std::vector<double> durations_from_json(Fields& fields, const std::string& key);
/// Samples of a metric, in a unit of another tool.
std::vector<double> values_from_json(Fields& fields, const std::string& key);

}  // namespace muster
