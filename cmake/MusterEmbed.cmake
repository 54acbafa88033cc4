# SPDX-License-Identifier: Apache-2.0
# muster_embed(<target> FOLDER <folder> HEADER <header> ENTRY <type> FUNCTION <name> NAMES ...): writes each
# <folder>/<name>.json as a text into a source of <target> that defines the function of that header: a span of entries
# {name, text}, sorted by name. An edited file makes CMake run again; nothing else than CMake is needed.
function(muster_embed target)
  cmake_parse_arguments(ARG "" "FOLDER;HEADER;ENTRY;FUNCTION" "NAMES" ${ARGN})
  list(SORT ARG_NAMES)
  set(entries "")
  foreach(name IN LISTS ARG_NAMES)
    set(file "${CMAKE_CURRENT_SOURCE_DIR}/${ARG_FOLDER}/${name}.json")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
    file(READ "${file}" text)
    string(APPEND entries "    {\"${name}\", R\"json(${text})json\"},\n")
  endforeach()
  set(source "${CMAKE_CURRENT_BINARY_DIR}/${ARG_FUNCTION}.cpp")
  file(CONFIGURE OUTPUT "${source}" @ONLY CONTENT [[
// Made by cmake/MusterEmbed.cmake.
#include <array>

#include "@ARG_HEADER@"

namespace muster {

namespace {

constexpr auto kLibrary = std::to_array<@ARG_ENTRY@>({
@entries@});

}  // namespace

std::span<const @ARG_ENTRY@> @ARG_FUNCTION@() { return kLibrary; }

}  // namespace muster
]])
  target_sources(${target} PRIVATE "${source}")
endfunction()
