# SPDX-License-Identifier: Apache-2.0
# What this build is, on one screen, as the last words of the configuration.
foreach(part CUDA NCCL MPI)
  if(MUSTER_HAVE_${part})
    set(MUSTER_SUMMARY_${part} "${MUSTER_${part}_VERSION}")
  elseif(MUSTER_${part} STREQUAL "OFF")
    set(MUSTER_SUMMARY_${part} "off (MUSTER_${part}=OFF)")
  else()
    set(MUSTER_SUMMARY_${part} "not found: this build works without it")
  endif()
endforeach()
if(NOT MUSTER_HAVE_CUDA AND NOT MUSTER_NCCL STREQUAL "OFF")
  set(MUSTER_SUMMARY_NCCL "off (it needs CUDA)")
elseif(MUSTER_HAVE_CUDA)
  list(JOIN CMAKE_CUDA_ARCHITECTURES " " architectures)
  set(MUSTER_SUMMARY_CUDA "${CUDAToolkit_VERSION}, architectures ${architectures}")
endif()

set(extras "")
if(MUSTER_WERROR)
  string(APPEND extras ", warnings are errors")
endif()
if(MUSTER_SANITIZE)
  string(APPEND extras ", sanitizers ${MUSTER_SANITIZE}")
endif()
if(MUSTER_CCACHE)
  string(APPEND extras ", ccache")
endif()

message(STATUS "Muster ${PROJECT_VERSION}
     build   ${CMAKE_BUILD_TYPE}, ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}${extras}
     CUDA    ${MUSTER_SUMMARY_CUDA}
     NCCL    ${MUSTER_SUMMARY_NCCL}
     MPI     ${MUSTER_SUMMARY_MPI}
     oneDNN  ${MUSTER_DNNL_VERSION}
     hwloc   ${hwloc_VERSION}
     tests   ${BUILD_TESTING}")
