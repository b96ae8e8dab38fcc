# For scripts that build a static library of the package preset into the user's cache. To be sourced.
#
# Sets `architecture` (Debian's word, from MUSTER_ARCHITECTURE or this machine's), `compiler_prefix` (empty, or the cross
# compiler's), `hardening` (the compiler's flags), `home` (the cache) and `script`.

script=scripts/$(basename "$0")
die() { echo "$script: $*" >&2; exit 1; }
run() { "$@" >>"$log" 2>&1 || { tail -n 20 "$log" >&2; die "failed: $*"; }; }

unset CC CXX CFLAGS CXXFLAGS CPPFLAGS LDFLAGS  # no user's environment decides what is shipped
home=${XDG_CACHE_HOME:-$HOME/.cache}/muster
architecture=${MUSTER_ARCHITECTURE:-$(dpkg --print-architecture)}
compiler_prefix=
if [ "$architecture" != "$(dpkg --print-architecture)" ]; then
  case $architecture in
    arm64) compiler_prefix=aarch64-linux-gnu- ;;
    *) die "no cross compiler is known for $architecture" ;;
  esac
fi

# Small, because the inner loops of cryptography are assembler; what is not used is dropped by the linker.
hardening="-Os -ffunction-sections -fdata-sections -fstack-protector-strong -fstack-clash-protection -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2"
case $architecture in
  amd64) hardening+=" -fcf-protection" ;;
  arm64) hardening+=" -mbranch-protection=standard" ;;
esac

# cache_key TEXT...: a digest of the script and of all that it builds with.
cache_key() {
  {
    printf '%s\n' "$architecture" "$@"
    cat "$0" "$(dirname "$0")"/support/*.sh
    "${compiler_prefix}gcc" --version
    dpkg-query -W -f '${Package} ${Version}\n' libc6-dev linux-libc-dev binutils cmake 2>/dev/null
  } | sha256sum | cut -c1-16
}

# start_work: makes the folder `work`, which goes when the script ends, its `log`, and the compiler wrappers of
# `work/bin`: what is built says nothing of the folder where that was done, so that the bytes are the same everywhere.
start_work() {
  mkdir -p "$home"
  work=$(mktemp -d "$home/building-XXXXXX")
  trap 'rm -rf "$work"' EXIT
  log=$work/log

  mkdir "$work/bin" "$work/source"
  printf '#!/bin/sh\nexec %sgcc -ffile-prefix-map=%s=/usr/src/muster "$@"\n' "$compiler_prefix" "$work" >"$work/bin/muster-cc"
  chmod 755 "$work/bin/muster-cc"
  export PATH=$work/bin:$PATH SOURCE_DATE_EPOCH=0 LC_ALL=C TZ=UTC
}

# place PREFIX FILE: moves what was installed below work/installed to PREFIX, all at once, so that no half a library is
# ever found there. FILE shows that another process was quicker.
place() {
  mkdir -p "$(dirname "$1")"
  mv -T "$work/installed$1" "$1" 2>/dev/null || [ -e "$1/$2" ] || die "cannot move the library to $1"
}
