#!/usr/bin/env bash
# Runs a static binary where there is nothing but it: release/try.sh PROGRAM [FLEET]
#
# The root is that of the container image, mounted read-only, and the user is 999, as in a pod with a restricted security context:
# no libc, no home, no /tmp, no /proc, no other program. Needs Linux and root, for chroot and mount.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
program=${1:?usage: try.sh PROGRAM [FLEET]}
fleet=${2:-$here/../examples/bookinfo-current}
work=$(mktemp -d)
root=$work/root
cleanup() {
  umount "$root" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

"$here/rootfs.sh" "$program" "$root"
cp -R "$fleet/." "$root/fleet/"
chmod -R a+rX "$root"
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
inside() {
  env -i "$(command -v chroot)" --userspec=999:999 "$root" /usr/local/bin/meshtree "$@"
}

inside --version
inside check /fleet --quiet
# The committed tree is what the inputs give.
inside render /fleet --check --locked --quiet
first=$(find "$fleet/rendered" -mindepth 1 -maxdepth 1 -type d | LC_ALL=C sort | sed -n '1s#.*/##p')
inside render /fleet --locked --stdout --cluster "$first" --quiet | head -n 1 >/dev/null
# Nothing can be written, which is an error and no crash.
code=0
inside render /fleet --locked --out /fleet/elsewhere --quiet 2>/dev/null || code=$?
if [ "$code" != 5 ]; then
  echo "$0: writing to a read-only file system ends with $code, not with 5" >&2
  exit 1
fi
echo "ok: $(basename "$program") runs in an empty root as user 999 on a read-only file system"
