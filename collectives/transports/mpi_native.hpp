// SPDX-License-Identifier: Apache-2.0
// The MPI library's own collectives as executions: the subject `native` of the transport mpi.
#pragma once

#include <mpi.h>

#include <memory>
#include <variant>

#include "collectives/transports/transport.hpp"

namespace muster {

/// Unsupported where MPI has no such element type (half, bfloat16) or the counts exceed an int.
std::variant<std::unique_ptr<Execution>, Unsupported> make_mpi_native(MPI_Comm communicator, const Problem& problem,
                                                                      const RankMemory& memory);

}  // namespace muster
