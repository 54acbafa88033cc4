// SPDX-License-Identifier: Apache-2.0
// The table of formats, and the way from a file to a graph.
#include "topology/readers/readers.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include "core/error.hpp"
#include "topology/host_hwloc.hpp"
#include "topology/readers/formats.hpp"
#include "topology/readers/unrecognised.hpp"

namespace muster {

namespace {

// The first that recognises a text reads it: what states its own name stands before what is guessed from a few words.
constexpr auto kReaders = std::to_array<ReaderEntry>({
    {"cluster", "cluster.json of muster discover", is_cluster_json, read_cluster_json},
    {"template", "a machine template in JSON", is_template_json, read_template_json},
    {"nccl-topology", "NCCL_TOPO_DUMP_FILE of NCCL or RCCL", is_nccl_topology, read_nccl_topology},
    {"nccl-graph", "NCCL_GRAPH_DUMP_FILE", is_nccl_graph, read_nccl_graph},
    {"hwloc", "lstopo machine.xml", is_hwloc_xml, read_hwloc_xml},
    {"netq", "NetQ's topology graph or compute nodes in JSON", is_netq, read_netq},
    {"taccl", "TACCL's topology in JSON", is_taccl, read_taccl},
    {"netloc", "netloc's lists of nodes and links", is_netloc, read_netloc},
    {"mooncake", "Mooncake's cluster-topology.json", is_mooncake, read_mooncake},
    {"nvidia-smi", "nvidia-smi topo -m", is_nvidia_smi, read_nvidia_smi},
    {"ibnetdiscover-ports", "ibnetdiscover -p", is_ibnetdiscover_ports, read_ibnetdiscover_ports},
    {"ibnetdiscover", "ibnetdiscover", is_ibnetdiscover, read_ibnetdiscover},
    {"topograph", "a model of topograph in YAML", is_topograph, read_topograph},
    {"slurm", "Slurm's topology.conf", is_slurm, read_slurm},
});

}  // namespace

std::span<const ReaderEntry> reader_table() { return kReaders; }

Imported read_description(const ReadRequest& request) {
  if (request.text.size() > kMaxDescription.value) {
    throw Error(request.origin + ": larger than " + format_size(kMaxDescription) + "; no description of a machine is");
  }
  const auto* entry =
      std::ranges::find_if(kReaders, [&](const ReaderEntry& each) { return each.recognises(request.text); });
  if (entry == kReaders.end()) throw Error(request.origin + ":1: " + describe_unrecognised(request.text));
  Imported imported = entry->read(request);
  imported.format = entry->name;
  return imported;
}

Imported read_description_file(const std::string& path, const std::string& gpu_model) {
  if (std::error_code unreadable; std::filesystem::is_directory(path, unreadable)) return read_host_folder(path);
  const std::string text = read_file(path, kMaxDescription);
  return read_description({.text = text, .origin = path, .gpu_model = gpu_model});
}

}  // namespace muster
