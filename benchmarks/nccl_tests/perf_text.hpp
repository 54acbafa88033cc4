// SPDX-License-Identifier: Apache-2.0
// The output of nccl-tests to the byte: what a dozen scripts cut out of it by column, word or regular expression
// (docs/nccl-tests.md). Facts from src/util.cu there.
#pragma once

#include <string>

#include "benchmarks/nccl_tests/perf_report.hpp"

namespace muster {

/// `value` in `width` columns: two decimals, fewer as it grows, an exponent once it does not fit.
std::string perf_number(double value, int width);

/// Up to the names of the columns.
std::string perf_header(const PerfReport& report);
std::string perf_line(const PerfRow& row, const PerfOptions& options);
std::string perf_footer(const PerfReport& report);

}  // namespace muster
