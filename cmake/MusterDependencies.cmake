# SPDX-License-Identifier: Apache-2.0
# Every dependency is looked for here and nowhere else. Nothing is downloaded.
# Sets MUSTER_HAVE_CUDA, MUSTER_HAVE_NCCL, MUSTER_HAVE_MPI, and MUSTER_<PART>_VERSION for the summary.
find_package(Threads REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json 3.9 REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS CXX)  # oneDNN's thread runtime: one thread per rank is set through it
find_package(benchmark REQUIRED)              # Google Benchmark
find_package(PkgConfig REQUIRED)
pkg_check_modules(hwloc REQUIRED IMPORTED_TARGET hwloc>=2.0)
pkg_check_modules(yaml REQUIRED IMPORTED_TARGET yaml-0.1)
find_package(EXPAT REQUIRED)
find_package(SQLite3 3.37 REQUIRED)  # muster history

# muster_header_version(<variable> <header> <macro>...): "2.6.3" from the numbers behind the macros.
function(muster_header_version variable header)
  set(numbers)
  foreach(macro ${ARGN})
    file(STRINGS "${header}" line LIMIT_COUNT 1 REGEX "^#define[ \t]+${macro}[ \t]+[0-9]+")
    string(REGEX MATCH "[0-9]+$" number "${line}")
    list(APPEND numbers "${number}")
  endforeach()
  list(JOIN numbers "." version)
  set(${variable} "${version}" PARENT_SCOPE)
endfunction()

# oneDNN by hand: the config file of Debian's package asks for the OpenCL headers, which our use of it does not need.
find_path(DNNL_INCLUDE_DIR oneapi/dnnl/dnnl.hpp)
find_library(DNNL_LIBRARY dnnl)
if(NOT DNNL_INCLUDE_DIR OR NOT DNNL_LIBRARY)
  message(FATAL_ERROR "oneDNN was not found: install libdnnl-dev or run scripts/setup")
endif()
add_library(DNNL::dnnl UNKNOWN IMPORTED)
set_target_properties(DNNL::dnnl PROPERTIES
  IMPORTED_LOCATION "${DNNL_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${DNNL_INCLUDE_DIR}")
muster_header_version(MUSTER_DNNL_VERSION "${DNNL_INCLUDE_DIR}/oneapi/dnnl/dnnl_version.h"
  DNNL_VERSION_MAJOR DNNL_VERSION_MINOR DNNL_VERSION_PATCH)

if(NOT MUSTER_MPI STREQUAL "OFF")
  set(MPI_DETERMINE_LIBRARY_VERSION ON)
  find_package(MPI COMPONENTS C)
  if(MPI_C_FOUND)
    set(MUSTER_HAVE_MPI ON)
    string(REGEX MATCH "^[^,\n]+" MUSTER_MPI_VERSION "${MPI_C_LIBRARY_VERSION_STRING}")
  elseif(MUSTER_MPI STREQUAL "ON")
    message(FATAL_ERROR "MUSTER_MPI=ON but no MPI was found: install libopenmpi-dev or set MUSTER_MPI=AUTO")
  endif()
endif()

if(NOT MUSTER_CUDA STREQUAL "OFF")
  include(MusterCuda)
endif()

if(NOT MUSTER_NCCL STREQUAL "OFF" AND MUSTER_HAVE_CUDA)
  find_path(NCCL_INCLUDE_DIR nccl.h HINTS ${CUDAToolkit_INCLUDE_DIRS})
  if(NCCL_INCLUDE_DIR)
    # The header only: the library is looked for when a case needs it (core/shared_library.hpp).
    add_library(nccl::nccl INTERFACE IMPORTED)
    set_target_properties(nccl::nccl PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${NCCL_INCLUDE_DIR}")
    muster_header_version(MUSTER_NCCL_VERSION "${NCCL_INCLUDE_DIR}/nccl.h" NCCL_MAJOR NCCL_MINOR NCCL_PATCH)
    set(MUSTER_HAVE_NCCL ON)
  endif()
endif()
if(MUSTER_NCCL STREQUAL "ON" AND NOT MUSTER_HAVE_NCCL)
  message(FATAL_ERROR "MUSTER_NCCL=ON but nccl.h was not found: install NCCL beside the CUDA toolkit or set MUSTER_NCCL=AUTO")
endif()
