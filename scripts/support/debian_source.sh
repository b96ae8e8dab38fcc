# For scripts that build a library of the package from Debian's source. To be sourced; needs `die` and `run`.

# sources_of FOLDER: prepares apt to read the source packages of the archives that this machine uses. apt gets a state of
# its own below FOLDER: the machine's configuration stays as it is. Sets `apt` and `apt_cache`.
sources_of() {
  local folder=$1
  mkdir -p "$folder"/{state/lists/partial,cache/archives/partial}
  apt-get indextargets --format 'deb-src $(SITE) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' | sort -u \
    >"$folder/sources.list"

  local options=(-o "Dir::Etc::SourceList=$folder/sources.list" -o Dir::Etc::SourceParts=-
    -o "Dir::State=$folder/state" -o Dir::State::status=/var/lib/dpkg/status -o "Dir::Cache=$folder/cache"
    -o APT::Sandbox::User=)
  apt=(apt-get -qq "${options[@]}")
  apt_cache=(apt-cache "${options[@]}")

  # An archive without sources, a vendor's for instance, is no reason to stop.
  "${apt[@]}" update >>"$log" 2>&1 || true
}

# source_versions PACKAGE: the versions in the index, newest first.
source_versions() {
  "${apt_cache[@]}" showsrc --only-source "$1" 2>/dev/null | sed -n 's/^Version: //p' | sort -u | sort_versions
}

# Newest first, as dpkg orders them.
sort_versions() {
  local sorted=() version index
  while read -r version; do
    index=0
    while [ "$index" -lt "${#sorted[@]}" ] && dpkg --compare-versions "${sorted[$index]}" gt "$version"; do
      index=$((index + 1))
    done
    sorted=("${sorted[@]:0:$index}" "$version" "${sorted[@]:$index}")
  done
  printf '%s\n' "${sorted[@]}"
}

# unpack_newest PACKAGE: fetches and unpacks, with Debian's patches, the newest version whose files are all on the mirror;
# apt checks their digests. Sets `source_version` and `source_folder`, and `index_version` to the newest in the index.
unpack_newest() {
  local package=$1 version
  index_version=
  for version in $(source_versions "$package"); do
    index_version=${index_version:-$version}
    "${apt[@]}" source --only-source "$package=$version" >>"$log" 2>&1 || continue

    source_version=$version
    source_folder=$PWD/$(find . -mindepth 1 -maxdepth 1 -type d -name "$package-*" -printf '%f\n')
    return
  done
  tail -n 20 "$log" >&2
  die "no version of the source package $package is complete on the mirror"
}
