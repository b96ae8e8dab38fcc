# What the program carries within it besides its code: its version, and that it speaks UTF-8 and takes long paths.
enable_language(RC)
set(resources "${PROJECT_SOURCE_DIR}/packaging/windows")
configure_file("${resources}/muster.rc.in" "${CMAKE_CURRENT_BINARY_DIR}/muster.rc" @ONLY)
target_sources(muster PRIVATE "${CMAKE_CURRENT_BINARY_DIR}/muster.rc")
set_property(SOURCE "${CMAKE_CURRENT_BINARY_DIR}/muster.rc"
  APPEND PROPERTY OBJECT_DEPENDS "${resources}/muster.manifest")

# It runs on a system that has nothing but what comes with Windows.
add_custom_command(TARGET muster POST_BUILD
  COMMAND "${PROJECT_SOURCE_DIR}/scripts/check-imports" "$<TARGET_FILE:muster>" VERBATIM)
