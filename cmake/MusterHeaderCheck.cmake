# SPDX-License-Identifier: Apache-2.0
# Every header compiles alone: one generated source per header includes it twice and nothing else.
# Globbed, unlike sources: a check that waits to be told about new files finds nothing.
file(GLOB_RECURSE headers RELATIVE "${PROJECT_SOURCE_DIR}" CONFIGURE_DEPENDS
  "${PROJECT_SOURCE_DIR}/core/*.hpp" "${PROJECT_SOURCE_DIR}/kernels/*.hpp" "${PROJECT_SOURCE_DIR}/topology/*.hpp"
  "${PROJECT_SOURCE_DIR}/collectives/*.hpp" "${PROJECT_SOURCE_DIR}/reports/*.hpp"
  "${PROJECT_SOURCE_DIR}/training/*.hpp" "${PROJECT_SOURCE_DIR}/benchmarks/*.hpp" "${PROJECT_SOURCE_DIR}/cli/*.hpp")

set(sources)
foreach(header ${headers})
  # A header that names an absent part's own header cannot compile here, and is not used here.
  file(STRINGS "${PROJECT_SOURCE_DIR}/${header}" cuda REGEX "#include <(cuda|cublas|nccl|nvml)")
  file(STRINGS "${PROJECT_SOURCE_DIR}/${header}" nccl REGEX "#include <nccl\\.h>")
  file(STRINGS "${PROJECT_SOURCE_DIR}/${header}" mpi REGEX "#include <mpi\\.h>")
  if((cuda AND NOT MUSTER_HAVE_CUDA) OR (nccl AND NOT MUSTER_HAVE_NCCL) OR (mpi AND NOT MUSTER_HAVE_MPI))
    continue()
  endif()
  set(source "${PROJECT_BINARY_DIR}/headers/${header}.cpp")
  file(CONFIGURE OUTPUT "${source}" CONTENT "#include \"${header}\"\n#include \"${header}\"  // twice: guarded\n")
  list(APPEND sources "${source}")
endforeach()

add_library(muster_headers OBJECT ${sources})
target_compile_options(muster_headers PRIVATE -O0)
target_link_libraries(muster_headers PRIVATE muster::core muster::warnings CLI11::CLI11 DNNL::dnnl PkgConfig::hwloc
  benchmark::benchmark SQLite::SQLite3
  $<$<BOOL:${MUSTER_HAVE_MPI}>:MPI::MPI_C>
  $<$<BOOL:${MUSTER_HAVE_CUDA}>:CUDA::cudart>
  $<$<BOOL:${MUSTER_HAVE_NCCL}>:nccl::nccl>)
