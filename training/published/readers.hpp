// SPDX-License-Identifier: Apache-2.0
// One function per published format: a row becomes a run. Each says in `assumed` what its source does not print and
// where that comes from; names, lines and sweeps are filled in by tables.cpp.
#pragma once

#include "core/csv.hpp"
#include "training/published/run.hpp"

namespace muster {

PublishedRun read_plain(const CsvRow& row);
PublishedRun read_vtrain(const CsvRow& row);
PublishedRun read_megatron_sc21(const CsvRow& row);
PublishedRun read_korthikanti(const CsvRow& row);
PublishedRun read_megatron_core(const CsvRow& row);
PublishedRun read_moe_zoo(const CsvRow& row);
PublishedRun read_bridge(const CsvRow& row);
PublishedRun read_nemo_launcher(const CsvRow& row);
PublishedRun read_mlperf(const CsvRow& row);
PublishedRun read_mosaic(const CsvRow& row);
PublishedRun read_llama3(const CsvRow& row);
PublishedRun read_torchtitan(const CsvRow& row);
PublishedRun read_torchtitan_nodes(const CsvRow& row);
PublishedRun read_internevo_scaling(const CsvRow& row);
PublishedRun read_internevo_flops(const CsvRow& row);
PublishedRun read_simumax(const CsvRow& row);
PublishedRun read_bigscience(const CsvRow& row);
PublishedRun read_fms_a100(const CsvRow& row);
PublishedRun read_fms_h100(const CsvRow& row);
PublishedRun read_jaxtoolbox(const CsvRow& row);

}  // namespace muster
