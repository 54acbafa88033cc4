// SPDX-License-Identifier: Apache-2.0
// One maker per transport. transports.cpp lists them; a maker that was not compiled in is defined in an absent_*.cpp.
#pragma once

#include "collectives/transports/transport.hpp"

namespace muster {

using TransportMaker = std::variant<std::unique_ptr<Transport>, Unsupported> (*)(Team& team,
                                                                                 const ReduceKernels& reduce);

std::variant<std::unique_ptr<Transport>, Unsupported> make_threads_transport(Team& team, const ReduceKernels& reduce);
std::variant<std::unique_ptr<Transport>, Unsupported> make_shm_transport(Team& team, const ReduceKernels& reduce);
std::variant<std::unique_ptr<Transport>, Unsupported> make_mpi_transport(Team& team, const ReduceKernels& reduce);
std::variant<std::unique_ptr<Transport>, Unsupported> make_nccl_transport(Team& team, const ReduceKernels& reduce);
std::variant<std::unique_ptr<Transport>, Unsupported> make_cuda_transport(Team& team, const ReduceKernels& reduce);

/// "2.28.9": the NCCL that would be loaded; empty where there is none or Muster was built without its header.
std::string nccl_version_text();

}  // namespace muster
