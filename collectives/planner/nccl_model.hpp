// SPDX-License-Identifier: Apache-2.0
// What NCCL's tuning model believes of a machine, and what it would choose by it: printed beside our own pick and
// beside measurements. Formulas and constants: NCCL 2.30.7 (src/graph/tuning.cc), told in docs/planner.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "collectives/planner/rank_shape.hpp"
#include "core/collective.hpp"
#include "core/units.hpp"
#include "topology/routes.hpp"

namespace muster {

enum class NcclAlgorithm { tree, ring, nvls, nvls_tree, pat };
enum class NcclProtocol { ll, ll128, simple };

/// Channels that a search found; rates of one channel.
struct NcclGraph {
  int channels = 0;  ///< 0 = this kind of graph does not exist here
  BytesPerSecond intra{};
  BytesPerSecond inter{};
};

struct NcclMachine {
  int nodes = 1;
  int ranks = 1;
  int compute_capability = 90;  ///< times ten
  NcclGraph ring{};             ///< trees are taken to find as many channels
  NcclGraph nvls{};
  PathType intra = PathType::nvl;
  PathType inter = PathType::pix;
  Seconds post{1e-6};  ///< of a network message: 1 us with Intel CPUs, 2 us with AMD's
};

struct NcclChoice {
  NcclAlgorithm algorithm = NcclAlgorithm::ring;
  NcclProtocol protocol = NcclProtocol::simple;
  Seconds time{};

  std::string name() const;  ///< "Ring/LL128"
};

/// All that NCCL would weigh against each other at this size, in the order of its tables.
std::vector<NcclChoice> nccl_times(const NcclMachine& machine, Collective collective, Bytes size);

/// The fastest by that model; nullopt for collectives that it does not model (all_to_all, send_recv).
std::optional<NcclChoice> nccl_choice(const NcclMachine& machine, Collective collective, Bytes size);

/// The channels that NCCL's search should find on this graph: widest speed of its ladder that fits links and NICs.
/// nullopt where ranks are not GPUs of known NVLink generation in groups of equal size.
std::optional<NcclMachine> nccl_machine_of(const Topology& topology, Routes& routes, const RankShape& shape);

}  // namespace muster
