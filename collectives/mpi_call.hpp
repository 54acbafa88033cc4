// SPDX-License-Identifier: Apache-2.0
// Calls MPI and turns a failure into an Error that names the call. Included only by the files that use MPI.
#pragma once

#include <mpi.h>

#include <string>

#include "collectives/team.hpp"
#include "core/error.hpp"

namespace muster {

inline void mpi_call(int status, const char* what) {
  if (status == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING] = {};
  int length = 0;
  MPI_Error_string(status, text, &length);
  throw Error(std::string(what) + ": " + std::string(text, static_cast<std::size_t>(length)));
}

/// The communicator behind a team, or MPI_COMM_NULL if it is no MPI team.
MPI_Comm communicator_of(Team& team);

}  // namespace muster
