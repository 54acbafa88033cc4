# SPDX-License-Identifier: Apache-2.0
# `cmake --install build/release --prefix DIR`: programs in bin, schemas and texts in share; `cpack` makes an archive of it.
include(GNUInstallDirs)

foreach(program muster muster_perf google_kernels google_collectives)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
  endif()
endforeach()

# The names of nccl-tests, as links to the one program behind them.
get_target_property(names muster_perf MUSTER_NAMES)
foreach(name IN LISTS names)
  install(CODE
    "file(CREATE_LINK muster_perf \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/${name}\" SYMBOLIC)")
endforeach()

install(DIRECTORY reports/schema/ DESTINATION "${CMAKE_INSTALL_DATADIR}/muster/schema" FILES_MATCHING PATTERN "*.json")
install(DIRECTORY topology/templates/ DESTINATION "${CMAKE_INSTALL_DATADIR}/muster/templates"
  FILES_MATCHING PATTERN "*.json")
foreach(folder models machines)
  install(DIRECTORY training/${folder}/ DESTINATION "${CMAKE_INSTALL_DATADIR}/muster/training/${folder}"
    FILES_MATCHING PATTERN "*.json")
endforeach()
install(FILES LICENSE README.md DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(DIRECTORY docs/ DESTINATION "${CMAKE_INSTALL_DOCDIR}" FILES_MATCHING PATTERN "*.md")

set(CPACK_GENERATOR TGZ)
set(CPACK_PACKAGE_FILE_NAME "muster-${PROJECT_VERSION}-${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR}")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
include(CPack)
