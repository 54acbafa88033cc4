// SPDX-License-Identifier: Apache-2.0
// Linked when Muster is built without MPI: says so, to whoever asks for a team or a transport of it.
#include "collectives/transports/transports.hpp"
#include "core/error.hpp"

namespace muster {

std::unique_ptr<Team> make_mpi_team() {
  throw Error("this muster was built without MPI: use --launcher threads, or build with MUSTER_MPI=ON");
}

std::string mpi_version() { return {}; }

std::variant<std::unique_ptr<Transport>, Unsupported> make_shm_transport(Team&, const ReduceKernels&) {
  return Unsupported{"built without MPI"};
}

std::variant<std::unique_ptr<Transport>, Unsupported> make_mpi_transport(Team&, const ReduceKernels&) {
  return Unsupported{"built without MPI"};
}

}  // namespace muster
