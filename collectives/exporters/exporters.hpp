// SPDX-License-Identifier: Apache-2.0
// Schedules in the formats of other programs. A new format is one file in this folder and one line in the table
// (exporters.cpp). Formats with their sources: docs/planner.md.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "collectives/schedule.hpp"
#include "core/units.hpp"
#include "topology/graph.hpp"

namespace muster {

/// `schedule` is proven.
struct ExportRequest {
  const Schedule& schedule;
  const Topology* topology = nullptr;  ///< formats that name devices or rates need it
  Bytes size{std::uint64_t{1} << 20};  ///< formats that count bytes need it
};

struct ExporterEntry {
  std::string_view name;     ///< "msccl-xml"
  std::string_view summary;  ///< who reads it, one phrase
  /// Throws Error when the format cannot say what the schedule does, naming what to choose instead.
  std::string (*write)(const ExportRequest& request);
};

std::span<const ExporterEntry> exporter_table();

/// Throws Error listing the formats when there is none of this name.
const ExporterEntry& find_exporter(std::string_view name);

/// One line per transfer, for people and diff.
std::string write_text(const ExportRequest& request);
/// MSCCL and RCCL run it: one threadblock per connection. Up to kMostExportedRanks.
std::string write_msccl_xml(const ExportRequest& request);
/// LogGOPSim and ATLAHS simulate it.
std::string write_goal(const ExportRequest& request);
/// NCCL_GRAPH_FILE: rings as channels of one host. Needs the topology.
std::string write_nccl_graph_xml(const ExportRequest& request);
/// ForestColl's and other planners' input: directed links "source target capacity" of the machine.
std::string write_digraph(const ExportRequest& request);

/// A file of 1,024 ranks has a few hundred MB; more is not read by anybody.
inline constexpr int kMostExportedRanks = 1024;

}  // namespace muster
