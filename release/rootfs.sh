#!/usr/bin/env bash
# Lays out the file system of the container image: release/rootfs.sh PROGRAM DIRECTORY
#
# PROGRAM is a static binary, such as that of x86_64-unknown-linux-musl. What is in the image is in rootfs.list.
set -euo pipefail
list=$(cd "$(dirname "$0")" && pwd)/rootfs.list
program=${1:?usage: rootfs.sh PROGRAM DIRECTORY}
root=${2:?usage: rootfs.sh PROGRAM DIRECTORY}
if [ -e "$root" ]; then
  echo "$0: $root exists already" >&2
  exit 1
fi
mkdir -p "$root"
while read -r mode path what target; do
  case $what in
    directory) mkdir "$root/$path" ;;
    program) cp "$program" "$root/$path" ;;
    link) ln -s "$target" "$root/$path" ;;
    *)
      echo "$list: $path: unknown kind $what" >&2
      exit 1
      ;;
  esac
  [ "$what" = link ] || chmod "$mode" "$root/$path"
done < <(grep -v '^#' "$list")
