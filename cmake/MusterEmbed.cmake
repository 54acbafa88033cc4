# SPDX-License-Identifier: Apache-2.0
# muster_embed(<target> FOLDER <folder> NAMES ...): writes each <folder>/<name>.json as a text into a source of <target>
# that defines template_library(). An edited file makes CMake run again; nothing else than CMake is needed.
function(muster_embed target)
  cmake_parse_arguments(ARG "" "FOLDER" "NAMES" ${ARGN})
  list(SORT ARG_NAMES)
  set(entries "")
  foreach(name IN LISTS ARG_NAMES)
    set(file "${CMAKE_CURRENT_SOURCE_DIR}/${ARG_FOLDER}/${name}.json")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
    file(READ "${file}" text)
    string(APPEND entries "    {\"${name}\", R\"json(${text})json\"},\n")
  endforeach()
  set(source "${CMAKE_CURRENT_BINARY_DIR}/template_library.cpp")
  file(CONFIGURE OUTPUT "${source}" @ONLY CONTENT [[
// Made by cmake/MusterEmbed.cmake from topology/templates/*.json.
#include <array>

#include "topology/templates.hpp"

namespace muster {

namespace {

constexpr auto kLibrary = std::to_array<TemplateText>({
@entries@});

}  // namespace

std::span<const TemplateText> template_library() { return kLibrary; }

}  // namespace muster
]])
  target_sources(${target} PRIVATE "${source}")
endfunction()
