// SPDX-License-Identifier: Apache-2.0
// -J: the schema of nccl-tests (version 3), but strict JSON: a number that is none is null, strings are escaped, and
// of the environment only what may be told.
#pragma once

#include "benchmarks/nccl_tests/perf_report.hpp"
#include "core/file.hpp"

namespace muster {

Json perf_json(const PerfReport& report);

}  // namespace muster
