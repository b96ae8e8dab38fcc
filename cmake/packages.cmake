# The packages: cpack -G DEB, RPM and TGZ in build/package, or scripts/packages for all of them. What is linked in is listed
# for people (third-party notices) and for programs (CycloneDX).

set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY TRUE)  # else cpack builds every test first

# The symbols apart: CPACK_STRIP_FILES would leave nothing to keep.
set(stripped "${PROJECT_BINARY_DIR}/packaging/muster")
add_custom_command(OUTPUT "${stripped}" "${stripped}.debug"
  COMMAND "${CMAKE_OBJCOPY}" --only-keep-debug "$<TARGET_FILE:muster>" "${stripped}.debug"
  COMMAND "${CMAKE_STRIP}" --strip-all -o "${stripped}" "$<TARGET_FILE:muster>"
  COMMAND "${CMAKE_OBJCOPY}" "--add-gnu-debuglink=${stripped}.debug" "${stripped}"
  DEPENDS muster
  VERBATIM)
install(PROGRAMS "${stripped}" DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(FILES "${stripped}.debug" DESTINATION lib/debug/usr/bin COMPONENT debug)

set(notices "${PROJECT_BINARY_DIR}/packaging/third-party-notices")
set(bill_of_materials "${PROJECT_BINARY_DIR}/packaging/muster.cdx.json")
get_property(muster_libraries GLOBAL PROPERTY MUSTER_LIBRARIES)
add_custom_command(OUTPUT "${notices}" "${bill_of_materials}"
  COMMAND "${PROJECT_SOURCE_DIR}/scripts/third-party" --version "${PROJECT_VERSION}" --libraries "${muster_libraries}"
    --openssl "${openssl_prefix}" --curl "${curl_prefix}" --notices "${notices}" --sbom "${bill_of_materials}"
  DEPENDS "${PROJECT_SOURCE_DIR}/scripts/third-party"
  VERBATIM)
add_custom_target(muster_package_files DEPENDS "${stripped}" "${notices}" "${bill_of_materials}")
install(FILES "${notices}" "${bill_of_materials}" DESTINATION "${doc}")

set(architecture "${MUSTER_ARCHITECTURE}")
if(NOT architecture)
  execute_process(COMMAND dpkg --print-architecture OUTPUT_VARIABLE architecture OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()
set(rpm_architecture_amd64 x86_64)
set(rpm_architecture_arm64 aarch64)
set(rpm_architecture "${rpm_architecture_${architecture}}")

set(CPACK_PACKAGE_NAME muster)
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_PACKAGE_CONTACT "The Muster authors <muster@example.org>")
set(CPACK_PACKAGE_VENDOR "The Muster authors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Inventory agent that moves files over mutual TLS")
set(CPACK_PACKAGE_DESCRIPTION_FILE "${linux}/description")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PRE_BUILD_SCRIPTS "${linux}/same_times.cmake")
set(CPACK_COMPONENTS_ALL runtime debug)
set(CPACK_COMPONENTS_GROUPING IGNORE)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE "${architecture}")
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME muster)
set(CPACK_DEBIAN_RUNTIME_FILE_NAME "muster_${PROJECT_VERSION}_${architecture}.deb")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_DEPENDS "libc6 (>= 2.28), libgcc-s1 | libgcc1, passwd")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_RECOMMENDS systemd)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA
  "${PROJECT_BINARY_DIR}/packaging/postinst;${PROJECT_BINARY_DIR}/packaging/prerm;${PROJECT_BINARY_DIR}/packaging/postrm")
set(CPACK_DEBIAN_DEBUG_PACKAGE_NAME muster-dbgsym)
set(CPACK_DEBIAN_DEBUG_FILE_NAME "muster-dbgsym_${PROJECT_VERSION}_${architecture}.deb")
set(CPACK_DEBIAN_DEBUG_PACKAGE_DEPENDS "muster (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_DEBUG_PACKAGE_SECTION debug)

set(CPACK_RPM_COMPONENT_INSTALL ON)
set(CPACK_RPM_MAIN_COMPONENT runtime)
set(CPACK_RPM_PACKAGE_LICENSE Apache-2.0)
set(CPACK_RPM_PACKAGE_ARCHITECTURE "${rpm_architecture}")
set(CPACK_RPM_PACKAGE_RELOCATABLE OFF)
set(CPACK_RPM_PACKAGE_AUTOREQ OFF)
set(CPACK_RPM_PACKAGE_REQUIRES "libc.so.6(GLIBC_2.28)(64bit), libgcc_s.so.1()(64bit), shadow-utils")
set(CPACK_RPM_RUNTIME_FILE_NAME "muster-${PROJECT_VERSION}-1.${rpm_architecture}.rpm")
set(CPACK_RPM_RUNTIME_POST_INSTALL_SCRIPT_FILE "${PROJECT_BINARY_DIR}/packaging/postinst")
set(CPACK_RPM_RUNTIME_PRE_UNINSTALL_SCRIPT_FILE "${PROJECT_BINARY_DIR}/packaging/prerm")
set(CPACK_RPM_RUNTIME_POST_UNINSTALL_SCRIPT_FILE "${PROJECT_BINARY_DIR}/packaging/postrm")
set(CPACK_RPM_DEBUG_PACKAGE_NAME muster-debuginfo)
set(CPACK_RPM_DEBUG_FILE_NAME "muster-debuginfo-${PROJECT_VERSION}-1.${rpm_architecture}.rpm")
set(CPACK_RPM_DEBUG_PACKAGE_REQUIRES "muster = ${PROJECT_VERSION}")
string(JOIN "\n" CPACK_RPM_SPEC_MORE_DEFINE
  "%define _build_id_links none" "%define __os_install_post %{nil}" "%define debug_package %{nil}"
  # The same bytes at every time and on every machine.
  "%define use_source_date_epoch_as_buildtime 1" "%define _buildhost muster")
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION
  /usr/lib /usr/lib/systemd /usr/lib/systemd/system /usr/lib/sysusers.d /usr/lib/tmpfiles.d /usr/lib/debug /usr/lib/debug/usr
  /usr/lib/debug/usr/bin /usr/share/bash-completion /usr/share/bash-completion/completions /usr/share/man /usr/share/man/man1
  /usr/share/man/man5 /usr/share/zsh /usr/share/zsh/vendor-completions /usr/share/fish /usr/share/fish/vendor_completions.d)

set(CPACK_ARCHIVE_COMPONENT_INSTALL ON)
set(CPACK_ARCHIVE_RUNTIME_FILE_NAME "muster-${PROJECT_VERSION}-linux-${architecture}")
set(CPACK_ARCHIVE_DEBUG_FILE_NAME "muster-${PROJECT_VERSION}-linux-${architecture}-debug")
include(CPack)
