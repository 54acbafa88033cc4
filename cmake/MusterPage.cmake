# SPDX-License-Identifier: Apache-2.0
# muster_embed_page(<target> STYLE <file> SCRIPT <file>): embeds the fixed parts of the HTML report in <target>, byte by
# byte, with their SHA-256, as reports/writers/page.hpp declares them. Chart.js is embedded if the distribution's package
# is there; nothing is downloaded. An edited file makes CMake run again, because the sums are taken here.
find_file(MUSTER_CHART_JS NAMES chart.min.js Chart.min.js chart.umd.js
  PATHS /usr/share/javascript/chart.js /usr/share/nodejs/chart.js/dist
  NO_DEFAULT_PATH DOC "Chart.js, minified, for the HTML report (Debian: libjs-chart.js)")
mark_as_advanced(MUSTER_CHART_JS)

function(muster_embed_page target)
  cmake_parse_arguments(ARG "" "STYLE;SCRIPT" "" ${ARGN})
  set(empty "${CMAKE_CURRENT_BINARY_DIR}/no_chart.js")
  file(WRITE "${empty}" "")
  set(page_style "${CMAKE_CURRENT_SOURCE_DIR}/${ARG_STYLE}")
  set(page_script "${CMAKE_CURRENT_SOURCE_DIR}/${ARG_SCRIPT}")
  set(chart_library "${MUSTER_CHART_JS}")
  if(NOT MUSTER_CHART_JS)
    set(chart_library "${empty}")
  endif()
  set(parts "")
  set(files "")
  foreach(part page_style page_script chart_library)
    file(REAL_PATH "${${part}}" file)
    file(SHA256 "${file}" sum)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
    list(APPEND files "${file}")
    string(APPEND parts "
asm(R\"(
  .pushsection .rodata
muster_${part}_begin:
  .incbin \"${file}\"
muster_${part}_end:
  .byte 0
  .popsection
)\");
extern const char ${part}_begin[] asm(\"muster_${part}_begin\");
extern const char ${part}_end[] asm(\"muster_${part}_end\");
PagePart ${part}() { return {{${part}_begin, static_cast<std::size_t>(${part}_end - ${part}_begin)}, \"${sum}\"}; }
")
  endforeach()
  set(source "${CMAKE_CURRENT_BINARY_DIR}/page.cpp")
  file(CONFIGURE OUTPUT "${source}" @ONLY CONTENT [[
// Made by cmake/MusterPage.cmake.
#include "reports/writers/page.hpp"

#include <cstddef>

namespace muster {
@parts@
}  // namespace muster
]])
  set_source_files_properties("${source}" PROPERTIES OBJECT_DEPENDS "${files}")
  target_sources(${target} PRIVATE "${source}")
endfunction()
