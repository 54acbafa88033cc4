// SPDX-License-Identifier: Apache-2.0
// One table of names per enum, in the enum's order.
#include "core/collective.hpp"

#include <array>

#include "core/error.hpp"
#include "core/names.hpp"

namespace muster {

namespace {

constexpr std::array<std::string_view, 10> kCollectives = {"all_reduce",  "all_gather", "reduce_scatter", "all_to_all",
                                                           "all_to_allv", "broadcast",  "reduce",         "send_recv",
                                                           "gather",      "scatter"};
constexpr std::array<std::string_view, 8> kAlgorithms = {"native",       "ring",         "tree",     "halving_doubling",
                                                         "hierarchical", "packed_trees", "pairwise", "bruck"};
constexpr std::array<std::string_view, 5> kTransports = {"threads", "shm", "mpi", "nccl", "cuda"};
constexpr std::array<std::string_view, 2> kPlacements = {"out_of_place", "in_place"};
constexpr std::array<std::string_view, 2> kCadences = {"isolated", "streaming"};
constexpr std::array<std::string_view, 6> kReduceOperations = {"sum", "prod", "min", "max", "avg", "mulsum"};
constexpr std::array<std::string_view, 2> kLaunches = {"plain", "graph"};
constexpr std::array<std::string_view, 2> kBuffers = {"plain", "registered"};

}  // namespace

std::string_view name_of(Collective collective) { return kCollectives.at(static_cast<std::size_t>(collective)); }
std::string_view name_of(Algorithm algorithm) { return kAlgorithms.at(static_cast<std::size_t>(algorithm)); }
std::string_view name_of(TransportKind transport) { return kTransports.at(static_cast<std::size_t>(transport)); }
std::string_view name_of(Placement placement) { return kPlacements.at(static_cast<std::size_t>(placement)); }
std::string_view name_of(Cadence cadence) { return kCadences.at(static_cast<std::size_t>(cadence)); }
std::string_view name_of(ReduceOperation operation) {
  return kReduceOperations.at(static_cast<std::size_t>(operation));
}
std::string_view name_of(Launch launch) { return kLaunches.at(static_cast<std::size_t>(launch)); }
std::string_view name_of(Buffers buffers) { return kBuffers.at(static_cast<std::size_t>(buffers)); }

Collective parse_collective(std::string_view name) {
  return static_cast<Collective>(index_of_name("collective", kCollectives, name));
}

Algorithm parse_algorithm(std::string_view name) {
  return static_cast<Algorithm>(index_of_name("algorithm", kAlgorithms, name));
}

TransportKind parse_transport(std::string_view name) {
  return static_cast<TransportKind>(index_of_name("transport", kTransports, name));
}

Placement parse_placement(std::string_view name) {
  return static_cast<Placement>(index_of_name("placement", kPlacements, name));
}

Cadence parse_cadence(std::string_view name) { return static_cast<Cadence>(index_of_name("cadence", kCadences, name)); }

ReduceOperation parse_reduce_operation(std::string_view name) {
  return static_cast<ReduceOperation>(index_of_name("reduction", kReduceOperations, name));
}

Launch parse_launch(std::string_view name) { return static_cast<Launch>(index_of_name("launch", kLaunches, name)); }

Buffers parse_buffers(std::string_view name) {
  return static_cast<Buffers>(index_of_name("kind of buffers", kBuffers, name));
}

bool is_on_gpu(TransportKind transport) { return transport == TransportKind::nccl || transport == TransportKind::cuda; }

bool reduces(Collective collective) {
  return collective == Collective::all_reduce || collective == Collective::reduce_scatter ||
         collective == Collective::reduce;
}

bool has_root(Collective collective) {
  return collective == Collective::broadcast || collective == Collective::reduce || collective == Collective::gather ||
         collective == Collective::scatter;
}

double busbw_factor(Collective collective, int ranks) {
  MUSTER_ASSERT(ranks > 0);
  const double others_share = static_cast<double>(ranks - 1) / ranks;
  switch (collective) {
    case Collective::all_reduce:
      return 2 * others_share;
    case Collective::all_gather:
    case Collective::reduce_scatter:
    case Collective::all_to_all:
    case Collective::all_to_allv:
    case Collective::gather:
    case Collective::scatter:
      return others_share;
    case Collective::broadcast:
    case Collective::reduce:
    case Collective::send_recv:
      return 1;
  }
  MUSTER_ASSERT(!"a collective without a busbw factor");
  return 0;
}

}  // namespace muster
