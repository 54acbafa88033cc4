// SPDX-License-Identifier: Apache-2.0
// One pair of functions per format: does the text look like it, and what does it say. The table in readers.cpp lists
// them; nobody else calls them but tests. `recognises` looks at the first few KiB only.
#pragma once

#include <string_view>

#include "topology/readers/readers.hpp"

namespace muster {

/// Our own cluster.json, and machine templates (templates.hpp) written out.
bool is_cluster_json(std::string_view text);
Imported read_cluster_json(const ReadRequest& request);
bool is_template_json(std::string_view text);
Imported read_template_json(const ReadRequest& request);

/// NCCL_TOPO_DUMP_FILE of NCCL and RCCL, hint files of clouds, FlagCX's dialect.
bool is_nccl_topology(std::string_view text);
Imported read_nccl_topology(const ReadRequest& request);
/// NCCL_GRAPH_DUMP_FILE: the channels that a search found.
bool is_nccl_graph(std::string_view text);
Imported read_nccl_graph(const ReadRequest& request);
/// lstopo's XML of hwloc 1, 2 and 3.
bool is_hwloc_xml(std::string_view text);
Imported read_hwloc_xml(const ReadRequest& request);

/// nvidia-smi topo -m.
bool is_nvidia_smi(std::string_view text);
Imported read_nvidia_smi(const ReadRequest& request);
/// ibnetdiscover, and ibnetdiscover -p.
bool is_ibnetdiscover(std::string_view text);
Imported read_ibnetdiscover(const ReadRequest& request);
bool is_ibnetdiscover_ports(std::string_view text);
Imported read_ibnetdiscover_ports(const ReadRequest& request);
/// Slurm's topology.conf (tree and block plugins).
bool is_slurm(std::string_view text);
Imported read_slurm(const ReadRequest& request);
/// NetQ's topology graph and list of compute nodes (JSON).
bool is_netq(std::string_view text);
Imported read_netq(const ReadRequest& request);
/// Models of topograph (YAML).
bool is_topograph(std::string_view text);
Imported read_topograph(const ReadRequest& request);
/// TACCL's topology JSON: matrices of links and rates.
bool is_taccl(std::string_view text);
Imported read_taccl(const ReadRequest& request);
/// netloc's node and link lists (JSON).
bool is_netloc(std::string_view text);
Imported read_netloc(const ReadRequest& request);
/// Mooncake's cluster-topology.json: measured rates between hosts.
bool is_mooncake(std::string_view text);
Imported read_mooncake(const ReadRequest& request);

}  // namespace muster
