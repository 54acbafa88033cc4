// SPDX-License-Identifier: Apache-2.0
// The table of transports. A new one is one file beside this and one line here.
#include "collectives/transports/transports.hpp"

#include <array>

namespace muster {
namespace {

struct TransportEntry {
  TransportKind kind;
  TransportMaker make;
};

constexpr std::array<TransportEntry, 5> kTransports = {{
    {TransportKind::threads, make_threads_transport},
    {TransportKind::shm, make_shm_transport},
    {TransportKind::mpi, make_mpi_transport},
    {TransportKind::nccl, make_nccl_transport},
    {TransportKind::cuda, make_cuda_transport},
}};

}  // namespace

std::variant<std::unique_ptr<Transport>, Unsupported> make_transport(TransportKind kind, Team& team,
                                                                     const ReduceKernels& reduce) {
  for (const TransportEntry& entry : kTransports) {
    if (entry.kind == kind) return entry.make(team, reduce);
  }
  return Unsupported{"the transport " + std::string(name_of(kind)) + " does not exist yet"};
}

}  // namespace muster
