// SPDX-License-Identifier: Apache-2.0
// The words of the suite: collectives, algorithms, transports, placement and cadence, with the names that files use.
#pragma once

#include <string_view>

namespace muster {

enum class Collective {
  all_reduce,
  all_gather,
  reduce_scatter,
  all_to_all,
  all_to_allv,
  broadcast,
  reduce,
  send_recv,
  gather,
  scatter
};
enum class Algorithm { native, ring, tree, halving_doubling, hierarchical, packed_trees, pairwise, bruck };
enum class TransportKind { threads, shm, mpi, nccl, cuda };
enum class Placement { out_of_place, in_place };
enum class Cadence { isolated, streaming };
/// How a collective that reduces combines elements; those of NCCL (mulsum: each rank's data times a factor, then sum).
enum class ReduceOperation { sum, prod, min, max, avg, mulsum };

/// Over GPU memory: how an operation reaches the GPU, call by call or as one CUDA graph made before.
enum class Launch { plain, graph };
/// Over GPU memory: whether the library was told of the buffers before (user buffer registration).
enum class Buffers { plain, registered };

std::string_view name_of(Collective collective);
std::string_view name_of(Algorithm algorithm);
std::string_view name_of(TransportKind transport);
std::string_view name_of(Placement placement);
std::string_view name_of(Cadence cadence);
std::string_view name_of(ReduceOperation operation);
std::string_view name_of(Launch launch);
std::string_view name_of(Buffers buffers);

/// Each throws Error listing the accepted words.
Collective parse_collective(std::string_view name);
Algorithm parse_algorithm(std::string_view name);
TransportKind parse_transport(std::string_view name);
Placement parse_placement(std::string_view name);
Cadence parse_cadence(std::string_view name);
ReduceOperation parse_reduce_operation(std::string_view name);
Launch parse_launch(std::string_view name);
Buffers parse_buffers(std::string_view name);

/// True for transports whose buffers lie in GPU memory.
bool is_on_gpu(TransportKind transport);

/// True when the collective sums its inputs.
bool reduces(Collective collective);

/// True when one rank, the root, gives or gets more than the others: broadcast, reduce, gather and scatter.
bool has_root(Collective collective);

/// What a rank's data are multiplied by in mulsum: 1 for even ranks, 2 for odd ones (nccl-tests, verifiable/).
constexpr int mulsum_factor(int rank) { return 1 + rank % 2; }

/// busbw = algbw x factor, as nccl-tests defines it (doc/PERFORMANCE.md there): 2(n-1)/n for all_reduce, (n-1)/n for
/// all_gather, reduce_scatter, all_to_all, all_to_allv, gather and scatter, 1 for the others. One rank gives 0 for the
/// first two kinds.
double busbw_factor(Collective collective, int ranks);

}  // namespace muster
