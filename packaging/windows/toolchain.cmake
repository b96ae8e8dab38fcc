# 64-bit Windows programs with Debian's mingw-w64 g++ 12, POSIX threads variant.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_VERSION 10.0)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(triple x86_64-w64-mingw32)
set(CMAKE_CXX_COMPILER ${triple}-g++-posix)
set(CMAKE_RC_COMPILER ${triple}-windres)

# Nothing of the host but what CMakeLists.txt links by name.
set(CMAKE_FIND_ROOT_PATH /usr/${triple})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

# big-obj: header-heavy files exceed the section limit. POSIX semaphore: the condition-variable based waits of
# libstdc++ 12 lose wake-ups on Windows.
set(CMAKE_CXX_FLAGS_INIT "-D_WIN32_WINNT=0x0A00 -D_GLIBCXX_USE_POSIX_SEMAPHORE=1 -Wa,-mbig-obj")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1" CACHE STRING "")  # an unoptimised link takes up to a minute
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static")
set(CMAKE_CROSSCOMPILING_EMULATOR "${CMAKE_CURRENT_LIST_DIR}/../../scripts/wine")  # for tests
