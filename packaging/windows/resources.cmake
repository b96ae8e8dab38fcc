# What the program carries within it besides its code: its version, that it speaks UTF-8 and takes long paths, and what
# its events say.
enable_language(RC)
set(resources "${PROJECT_SOURCE_DIR}/packaging/windows")
configure_file("${resources}/muster.rc.in" "${CMAKE_CURRENT_BINARY_DIR}/muster.rc" @ONLY)
target_sources(muster PRIVATE "${CMAKE_CURRENT_BINARY_DIR}/muster.rc")
set_property(SOURCE "${CMAKE_CURRENT_BINARY_DIR}/muster.rc"
  APPEND PROPERTY OBJECT_DEPENDS "${resources}/muster.manifest")

find_program(MUSTER_MESSAGE_COMPILER NAMES x86_64-w64-mingw32-windmc windmc mc REQUIRED)
set(events "${CMAKE_CURRENT_BINARY_DIR}/events")
file(MAKE_DIRECTORY "${events}")
add_custom_command(OUTPUT "${events}/events.rc" "${events}/events_english.bin"
  COMMAND "${MUSTER_MESSAGE_COMPILER}" -h "${events}" -r "${events}" "${resources}/events.mc"
  DEPENDS "${resources}/events.mc" VERBATIM)
target_sources(muster PRIVATE "${events}/events.rc")
set_property(SOURCE "${events}/events.rc" APPEND PROPERTY INCLUDE_DIRECTORIES "${events}")
set_property(SOURCE "${events}/events.rc" APPEND PROPERTY OBJECT_DEPENDS "${events}/events_english.bin")

# It runs on a system that has nothing but what comes with Windows.
add_custom_command(TARGET muster POST_BUILD
  COMMAND "${PROJECT_SOURCE_DIR}/scripts/check-imports" "$<TARGET_FILE:muster>" VERBATIM)
