# SPDX-License-Identifier: Apache-2.0
# Warnings as an interface, for C++ only (nvcc passes host flags on its own terms).
add_library(muster_warnings INTERFACE)
add_library(muster::warnings ALIAS muster_warnings)
target_compile_options(muster_warnings INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wshadow -Wconversion>
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<BOOL:${MUSTER_WERROR}>>:-Werror>)
