# What an installation consists of; packages come of it by cmake/packages.cmake. The units name /usr/bin/muster: install
# elsewhere with a unit file of your own.
include(GNUInstallDirs)

set(linux "${PROJECT_SOURCE_DIR}/packaging/linux")
set(doc "${CMAKE_INSTALL_DATADIR}/doc/muster")
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME runtime)

if(NOT MUSTER_PACKAGE)  # else the stripped one
  install(TARGETS muster RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()
install(FILES packaging/man/muster.1 DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
install(FILES packaging/man/muster-config.5 DESTINATION "${CMAKE_INSTALL_MANDIR}/man5")
install(FILES packaging/completions/muster.bash DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions" RENAME muster)
install(FILES packaging/completions/_muster DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions")
install(FILES packaging/completions/muster.fish DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d")
install(FILES LICENSE README.md CHANGELOG.md SECURITY.md DESTINATION "${doc}")
install(FILES docs/preferences.md docs/errors.md docs/json.md docs/certificates.md docs/deployment.md
        docs/policy.md docs/updates.md docs/monitoring.md DESTINATION "${doc}")

install(PROGRAMS packaging/examples/renew-est packaging/examples/renew-acme DESTINATION "${doc}/examples")

file(GLOB units CONFIGURE_DEPENDS packaging/systemd/*)
install(FILES ${units} DESTINATION lib/systemd/system)
install(FILES "${linux}/sysusers.conf" DESTINATION lib/sysusers.d RENAME muster.conf)
install(FILES "${linux}/tmpfiles.conf" DESTINATION lib/tmpfiles.d RENAME muster.conf)

# One text for the scripts of dpkg and rpm and for the command of the tarball.
file(READ "${linux}/setup.sh" MUSTER_SETUP)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${linux}/setup.sh")
foreach(name postinst prerm postrm setup)
  configure_file("${linux}/${name}.in" "${PROJECT_BINARY_DIR}/packaging/${name}" @ONLY
    FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
endforeach()
install(PROGRAMS "${PROJECT_BINARY_DIR}/packaging/setup" DESTINATION lib/muster)

# What updates depend on: the number of this release, and who may sign the next ones. Without a key no update is installed,
# unless UpdateKeyFile names one.
set(MUSTER_RELEASE_NUMBER 0 CACHE STRING "Number of this release; it grows from release to release. 0: none")
set(MUSTER_UPDATE_KEY "" CACHE FILEPATH "Ed25519 public key, PEM, that later releases are signed with")
set(MUSTER_REVOKED_KEYS "" CACHE FILEPATH "Keys that sign nothing any more, one in hex a line")
set(update "${PROJECT_BINARY_DIR}/packaging/update")
file(CONFIGURE OUTPUT "${update}/number" CONTENT "${MUSTER_RELEASE_NUMBER}\n")
install(FILES "${update}/number" DESTINATION lib/muster/update)
if(MUSTER_UPDATE_KEY)
  install(FILES "${MUSTER_UPDATE_KEY}" DESTINATION lib/muster/update RENAME key.pem)
endif()
if(MUSTER_REVOKED_KEYS)
  install(FILES "${MUSTER_REVOKED_KEYS}" DESTINATION lib/muster/update RENAME revoked)
endif()

if(MUSTER_PACKAGE)
  include("${CMAKE_CURRENT_LIST_DIR}/packages.cmake")
endif()
