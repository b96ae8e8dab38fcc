# See packaging/windows/utf8_paths.cpp.
add_library(muster_utf8_paths OBJECT packaging/windows/utf8_paths.cpp)
target_link_libraries(muster_utf8_paths PRIVATE muster_flags)
add_link_options("-Wl,--wrap=_ZNKSt7codecvtIwciE5do_inERiPKcS3_RS3_PwS5_RS5_")
link_libraries(muster_utf8_paths)
