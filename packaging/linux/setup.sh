#!/bin/sh
# Sets Muster up and removes it: the work of the packages' scripts, and a command of its own for the tarball and for rpm,
# which has no purge:
#   /usr/lib/muster/setup install   makes user and folders, takes over staged files, enables and starts the units
#   /usr/lib/muster/setup remove    stops and disables the units
#   /usr/lib/muster/setup purge     removes what the package and Muster made, and names what it keeps
# SPDX-License-Identifier: Apache-2.0
set -eu

data=/var/opt/managesoft
installed=$data/etc/.muster-installed  # what `muster rollout` has installed, with digests; root's
made=$data/state/.made-by-muster       # the folder was not there before the package
disabled=$data/state/.disabled         # the units were disabled because the package was removed
record=$data/updates/record.json       # of updates; root's
known=$data/updates/units              # the units that a package has enabled; root's
units='muster.service muster-adopt.path muster-collect.path muster-renew.path muster-renew-install.path muster-update.path'
oneshots='muster-adopt.service muster-collect.service muster-renew.service muster-renew-request.service
  muster-renew-install.service muster-update.service'
enabled="$units muster-update.service"  # the last goes on at boot with an update that was interrupted; it is never
                                        # restarted here, as it may be what has started this very script

say() { echo "muster: $*"; }
is_booted() { [ -d /run/systemd/system ]; }
has() { command -v "$1" >/dev/null 2>&1; }

make_user() {
  if has systemd-sysusers; then
    systemd-sysusers muster.conf
    return
  fi
  getent group muster >/dev/null || groupadd --system muster
  getent passwd muster >/dev/null ||
    useradd --system --gid muster --home-dir "$data" --no-create-home --shell /usr/sbin/nologin muster
}

# systemd-tmpfiles refuses to follow what another user could have put in the way.
make_folders() {
  if has systemd-tmpfiles; then
    systemd-tmpfiles --create muster.conf
    return
  fi
  while read -r type path mode owner group; do
    [ "$type" = d ] || continue
    if [ -L "$path" ]; then
      say "$path is a link and stays as it is"
      continue
    fi
    mkdir -p "$path"
    # From inside, where no other user can put a link in its place any more.
    (cd -P "$path" && [ "$(pwd -P)" = "$path" ] && chown "$owner:$group" . && chmod "$mode" .) ||
      say "$path stays as it is: it is behind a link"
  done </usr/lib/tmpfiles.d/muster.conf
}

enable_units() {
  has systemctl || return 0
  ! is_booted || systemctl daemon-reload
  systemctl --quiet enable $enabled || say "the units could not be enabled"
}

# A service without preferences has nothing to do. deb-systemd-invoke obeys the administrator's policy-rc.d.
start_units() {
  is_booted || return 0
  if [ ! -e "$data/etc/config.ini" ]; then
    say "there is no $data/etc/config.ini yet; when it is there: systemctl start muster"
    return 0
  fi
  if has deb-systemd-invoke; then
    deb-systemd-invoke restart $units >/dev/null || say "the service could not be started: see journalctl -u muster"
  else
    systemctl restart $units || say "the service could not be started: see journalctl -u muster"
  fi
}

# So that purge knows whose the folder is.
note_state() {
  [ -e "$data/state" ] || [ -L "$data/state" ] || made_state=1
}
mark_state() {
  [ -z "${made_state:-}" ] || : >"$made"
}

# Without a record no update is installed: which releases are old would not be known. A package that root installs by hand
# starts a new one where there is none.
make_update_record() {
  has_updates_folder && [ ! -e "$record" ] || return 0
  echo '{"muster_updates": 1}' >"$record"
}
has_updates_folder() { [ -d "$data/updates" ] && [ ! -L "$data/updates" ]; }

# What this package enables, for the next one.
note_units() {
  ! has_updates_folder || printf '%s\n' $enabled >"$known"
}

# A version that noted no units had none of updates.
is_new_unit() {
  if [ -e "$known" ]; then
    ! grep --quiet --line-regexp --fixed-strings "$1" "$known"
    return
  fi
  case $1 in muster-update.*) return 0 ;; esac
  return 1
}

# A unit that the version before had stays as the administrator left it.
enable_new_units() {
  has_updates_folder && has systemctl && systemctl --quiet is-enabled muster.service || return 0
  for unit in $enabled; do
    is_new_unit "$unit" || continue
    systemctl --quiet enable "$unit" || true
    case " $units " in *" $unit "*) ;; *) continue ;; esac
    ! is_booted || ! systemctl --quiet is-active muster.service || systemctl start "$unit" || true
  done
}

install_all() {
  make_user
  note_state
  make_folders
  mark_state
  make_update_record
  muster rollout || say "the staged files were not taken over"
  muster -q adopt >/dev/null || say "the service may not be able to read what root has deployed"
  enable_units
  note_units
  start_units
}

# dpkg calls the installation over what a removal has left an upgrade, too.
upgrade_all() {
  make_user
  make_folders
  make_update_record
  if [ -f "$disabled" ]; then
    rm -f "$disabled"
    enable_units
    note_units
    start_units
    return
  fi
  if is_booted; then
    systemctl daemon-reload
    systemctl try-restart $units || say "the service could not be restarted: see journalctl -u muster"
  fi
  enable_new_units
  note_units
}

remove_all() {
  has systemctl || return 0
  ! is_booted || systemctl stop $units $oneshots || true
  systemctl --quiet disable $enabled || true
  [ ! -d "$data/state" ] || [ -L "$data/state" ] || : >"$disabled"
}

# Configuration, certificates and keys that Muster installed from staged files and that are as it left them.
purge_installed() {
  [ -f "$installed" ] && [ ! -L "$installed" ] || return 0
  while read -r digest path; do
    case $path in
      *..*) continue ;;
      "$data"/etc/*) ;;
      *) continue ;;
    esac
    if [ -f "$path" ] && [ ! -L "$path" ] && [ "$(sha256sum <"$path")" = "$digest  -" ]; then rm -f "$path"; fi
  done <"$installed"
  rm -f "$installed"
}

# Other products may log and cache beside Muster, and may have had a folder state before Muster came. There, only what
# Muster is known to make goes.
purge_state() {
  if [ -f "$made" ] && [ ! -L "$data/state" ]; then
    rm -rf "${data:?}/state"
  elif [ -d "$data/state" ] && [ ! -L "$data/state" ]; then
    for name in .disabled beacons beacons.damaged beacons.lock claims collect device-id early-answers inventory-glpi inventory-cyclonedx inventory.lock \
      last-status last-upload pending policy.lock removed-for-quota removed-for-quota.lock renew renew-answer \
      renew-record renew-requested run.lock schedule update; do
      rm -f "$data/state/$name"
    done
    for folder in downloads policy renewal updates; do
      [ -L "$data/state/$folder" ] || rm -rf "${data:?}/state/$folder"
    done
  fi
  [ -L "$data/updates" ] || rm -rf "${data:?}/updates"
  rm -f "$data"/log/muster.log*
  for folder in crls ocsp; do
    [ ! -d "$data/etc/ssl/$folder" ] || find "$data/etc/ssl/$folder" -xdev -type f -user muster -delete || true
  done
}

# Empty folders go, from the innermost; what is left is named and becomes root's, as its owner goes.
purge_folders() {
  for folder in uploads state log etc; do
    [ ! -d "$data/$folder" ] || find "$data/$folder" -xdev -depth -type d -empty -delete 2>/dev/null || true
  done
  rmdir "$data" 2>/dev/null || true
  [ -d "$data" ] || return 0

  find "$data" -xdev ! -type d -print | while read -r kept; do say "kept: $kept"; done
  find "$data" -xdev \( -user muster -o -group muster \) -exec chown -h root:root {} + 2>/dev/null || true
  find "$data" -xdev -type d -perm /022 -exec chmod go-w {} + 2>/dev/null || true
}

purge_all() {
  purge_installed
  purge_state
  purge_folders
  if getent passwd muster >/dev/null; then userdel muster 2>/dev/null || say "kept: the user muster"; fi
  if getent group muster >/dev/null; then groupdel muster 2>/dev/null || say "kept: the group muster"; fi
  ! is_booted || systemctl daemon-reload || true
}
