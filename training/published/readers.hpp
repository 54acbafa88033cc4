// SPDX-License-Identifier: Apache-2.0
// One function per published format: a row becomes a run. Each says in `assumed` what its source does not print and
// where that comes from; names, lines and sweeps are filled in by tables.cpp.
#pragma once

#include "core/csv.hpp"
#include "training/published/run.hpp"

namespace muster {

PublishedRun read_vtrain(const CsvRow& row);
PublishedRun read_megatron_sc21(const CsvRow& row);
PublishedRun read_korthikanti(const CsvRow& row);
PublishedRun read_megatron_core(const CsvRow& row);

}  // namespace muster
