# SPDX-License-Identifier: Apache-2.0
# The CUDA compiler, if it is there and works; a build without it is a full build without GPUs.
include(CheckLanguage)

# The toolkit's usual place counts even where nobody put it on PATH.
if(NOT CMAKE_CUDA_COMPILER AND NOT DEFINED ENV{CUDACXX})
  find_program(MUSTER_NVCC nvcc HINTS ENV CUDA_HOME ENV CUDA_PATH PATHS /usr/local/cuda PATH_SUFFIXES bin)
  mark_as_advanced(MUSTER_NVCC)
  if(MUSTER_NVCC)
    set(ENV{CUDACXX} "${MUSTER_NVCC}")
  endif()
endif()
check_language(CUDA)

if(CMAKE_CUDA_COMPILER)
  # The architectures people train on: A100, H100/H200, B200, as far as this toolkit knows them; PTX for what comes later.
  if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
    execute_process(COMMAND "${CMAKE_CUDA_COMPILER}" --list-gpu-arch OUTPUT_VARIABLE known ERROR_QUIET)
    foreach(architecture 80 90 100)
      if(known MATCHES "compute_${architecture}\n")
        list(APPEND CMAKE_CUDA_ARCHITECTURES ${architecture}-real)
      endif()
    endforeach()
    if(NOT CMAKE_CUDA_ARCHITECTURES)
      message(FATAL_ERROR "${CMAKE_CUDA_COMPILER} knows none of the architectures 80, 90 and 100: "
        "install a newer CUDA toolkit, set CMAKE_CUDA_ARCHITECTURES or set MUSTER_CUDA=OFF")
    endif()
    list(TRANSFORM CMAKE_CUDA_ARCHITECTURES REPLACE "-real" "" AT -1)
  endif()
  enable_language(CUDA)
  set(CMAKE_CUDA_STANDARD 20)  # our headers are C++20; CUDA 12.0 and later take it
  set(CMAKE_CUDA_STANDARD_REQUIRED ON)
  find_package(CUDAToolkit REQUIRED)
  set(MUSTER_HAVE_CUDA ON)
elseif(MUSTER_CUDA STREQUAL "ON")
  message(FATAL_ERROR "MUSTER_CUDA=ON but no CUDA compiler works: put nvcc on PATH or set MUSTER_CUDA=AUTO")
endif()
