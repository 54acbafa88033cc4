# SPDX-License-Identifier: Apache-2.0
# Build options and defaults that hold for every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

include(CTest)  # BUILD_TESTING

foreach(part CUDA NCCL MPI)
  set(MUSTER_${part} AUTO CACHE STRING "Use ${part}: AUTO (if found), ON (required), OFF")
  set_property(CACHE MUSTER_${part} PROPERTY STRINGS AUTO ON OFF)
  if(NOT MUSTER_${part} MATCHES "^(AUTO|ON|OFF)$")
    message(FATAL_ERROR "MUSTER_${part}=${MUSTER_${part}}: use AUTO, ON or OFF")
  endif()
endforeach()
option(MUSTER_WERROR "Treat compiler warnings as errors" OFF)
option(MUSTER_FUZZ "Build the fuzzers of the readers (clang only)" OFF)
set(MUSTER_SANITIZE "" CACHE STRING "Sanitizers for every target, as -fsanitize= takes them")

# Programs lie beside each other at the top of the build folder: build/release/muster.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}")
# An installed program finds CUDA and NCCL where this machine has them.
set(CMAKE_INSTALL_RPATH_USE_LINK_PATH ON)

find_program(MUSTER_CCACHE ccache)
mark_as_advanced(MUSTER_CCACHE)
if(MUSTER_CCACHE)
  foreach(language C CXX CUDA)
    set(CMAKE_${language}_COMPILER_LAUNCHER "${MUSTER_CCACHE}" CACHE STRING "Runs the ${language} compiler")
  endforeach()
endif()

if(MUSTER_SANITIZE)
  add_compile_options(-fsanitize=${MUSTER_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${MUSTER_SANITIZE})
endif()
