// SPDX-License-Identifier: Apache-2.0
#include "collectives/exporters/exporters.hpp"

#include <array>

#include "core/error.hpp"

namespace muster {
namespace {

constexpr std::array kTable = {
    ExporterEntry{"text", "people, and diff", write_text},
    ExporterEntry{"msccl-xml", "MSCCL, RCCL (MSCCL_XML_FILES)", write_msccl_xml},
    ExporterEntry{"nccl-graph-xml", "NCCL (NCCL_GRAPH_FILE)", write_nccl_graph_xml},
    ExporterEntry{"goal", "LogGOPSim, ATLAHS", write_goal},
    ExporterEntry{"digraph", "planners that take capacities (ForestColl)", write_digraph},
};

}  // namespace

std::span<const ExporterEntry> exporter_table() { return kTable; }

const ExporterEntry& find_exporter(std::string_view name) {
  std::string known;
  for (const ExporterEntry& entry : kTable) {
    if (entry.name == name) return entry;
    known += (known.empty() ? "" : ", ") + std::string(entry.name);
  }
  throw Error("no format is called " + in_quotes(name) + ": use " + known);
}

}  // namespace muster
