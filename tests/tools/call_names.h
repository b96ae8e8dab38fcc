// The system calls that touch files, folders, sockets, threads and processes: those that muster_fault counts.
#pragma once

#include <sys/syscall.h>

#include <cstdint>

namespace muster::tools {

struct NamedCall {
  long number;
  const char* name;
};

#define MUSTER_CALL(name) \
  { SYS_##name, #name }
inline constexpr NamedCall named_calls[] = {
    // files
    MUSTER_CALL(openat),
    MUSTER_CALL(read),
    MUSTER_CALL(pread64),
    MUSTER_CALL(write),
    MUSTER_CALL(pwrite64),
    MUSTER_CALL(writev),
    MUSTER_CALL(close),
    MUSTER_CALL(fstat),
    MUSTER_CALL(newfstatat),
    MUSTER_CALL(statx),
    MUSTER_CALL(lseek),
    MUSTER_CALL(ftruncate),
    MUSTER_CALL(fallocate),
    MUSTER_CALL(fsync),
    MUSTER_CALL(fdatasync),
    MUSTER_CALL(syncfs),
    MUSTER_CALL(flock),
    MUSTER_CALL(fcntl),
    MUSTER_CALL(fchmod),
    MUSTER_CALL(fchown),
    MUSTER_CALL(utimensat),
    MUSTER_CALL(sendfile),
    MUSTER_CALL(copy_file_range),
    MUSTER_CALL(ioctl),
    // names
    MUSTER_CALL(access),
    MUSTER_CALL(faccessat2),
    MUSTER_CALL(getdents64),
    MUSTER_CALL(readlink),
    MUSTER_CALL(readlinkat),
    MUSTER_CALL(rename),
    MUSTER_CALL(renameat),
    MUSTER_CALL(renameat2),
    MUSTER_CALL(unlink),
    MUSTER_CALL(unlinkat),
    MUSTER_CALL(rmdir),
    MUSTER_CALL(link),
    MUSTER_CALL(linkat),
    MUSTER_CALL(mkdir),
    MUSTER_CALL(mkdirat),
    MUSTER_CALL(getcwd),
    // sockets
    MUSTER_CALL(socket),
    MUSTER_CALL(socketpair),
    MUSTER_CALL(bind),
    MUSTER_CALL(connect),
    MUSTER_CALL(getsockopt),
    MUSTER_CALL(setsockopt),
    MUSTER_CALL(getsockname),
    MUSTER_CALL(getpeername),
    MUSTER_CALL(sendto),
    MUSTER_CALL(sendmsg),
    MUSTER_CALL(sendmmsg),
    MUSTER_CALL(recvfrom),
    MUSTER_CALL(recvmsg),
    MUSTER_CALL(recvmmsg),
    MUSTER_CALL(shutdown),
    // waiting
    MUSTER_CALL(poll),
    MUSTER_CALL(ppoll),
    MUSTER_CALL(epoll_create1),
    MUSTER_CALL(epoll_ctl),
    MUSTER_CALL(epoll_wait),
    MUSTER_CALL(epoll_pwait),
    MUSTER_CALL(eventfd2),
    MUSTER_CALL(pipe2),
    MUSTER_CALL(inotify_init1),
    MUSTER_CALL(inotify_add_watch),
    MUSTER_CALL(timerfd_create),
    MUSTER_CALL(timerfd_settime),
    MUSTER_CALL(signalfd4),
    // threads and processes
    MUSTER_CALL(clone3),
    MUSTER_CALL(getrandom),
    MUSTER_CALL(exit),
    MUSTER_CALL(exit_group),
};
#undef MUSTER_CALL

// nullptr: not one of them.
inline const char* name_of_call(std::uint64_t number) {
  for (const NamedCall& call : named_calls) {
    if (static_cast<std::uint64_t>(call.number) == number) return call.name;
  }
  return nullptr;
}

}  // namespace muster::tools
