#!/usr/bin/env bash
# Builds release archives on Linux: release/build.sh [--out DIRECTORY] [--all | TARGET...]
#
# Without a target, it builds for this machine. For others it needs cargo-zigbuild and Zig (pip install cargo-zigbuild ziglang), and
# the standard library of each target (rustup target add TARGET). The same commit and the same compiler give the same bytes:
# nothing of the machine, the directory or the time gets into an archive.
set -euo pipefail
cd "$(dirname "$0")/.."

# What is published for each version.
TARGETS=(
  x86_64-unknown-linux-musl
  aarch64-unknown-linux-musl
  x86_64-apple-darwin
  aarch64-apple-darwin
  x86_64-pc-windows-gnu
)

usage() {
  sed -n '2,6s/^# \{0,1\}//p' "$0"
  echo "Targets of a release: ${TARGETS[*]}"
}

out=target/release-archives
targets=()
while [ $# -gt 0 ]; do
  case $1 in
    --out)
      out=${2:?--out needs a directory}
      shift
      ;;
    --all) targets=("${TARGETS[@]}") ;;
    -h | --help)
      usage
      exit 0
      ;;
    -*)
      echo "$0: unknown option $1" >&2
      exit 2
      ;;
    *) targets+=("$1") ;;
  esac
  shift
done

host=$(rustc -vV | sed -n 's/^host: //p')
[ ${#targets[@]} -gt 0 ] || targets=("$host")
version=$(cargo metadata --format-version 1 --no-deps --locked | sed -n 's/.*"name":"meshtree","version":"\([^"]*\)".*/\1/p')
: "${version:?no version in Cargo.toml}"
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || echo 0)
export SOURCE_DATE_EPOCH CARGO_INCREMENTAL=0
# Paths of this machine are not part of the program.
export RUSTFLAGS="--remap-path-prefix=$PWD=. --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
# Nor is the time: `__DATE__` is that of SOURCE_DATE_EPOCH, which Zig refuses all the same without the last option.
export CFLAGS="-ffile-prefix-map=$PWD=. -ffile-prefix-map=${CARGO_HOME:-$HOME/.cargo}=/cargo -Wno-date-time"
# For Windows: the assembled code that comes with the cryptographic library. Without this, its build needs NASM.
export AWS_LC_SYS_PREBUILT_NASM=1
# Kept apart from other builds, whose flags differ.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target/release-build}

mkdir -p "$out"
out=$(cd "$out" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The program that writes the manual pages and completions, which are the same for all targets.
cargo build --locked --quiet
helper=$CARGO_TARGET_DIR/debug/meshtree
[ -x "$helper" ] || helper=$helper.exe
docs=$work/docs
mkdir -p "$docs/completions"
"$helper" man --out "$docs/man" >/dev/null
for shell in bash fish zsh; do
  "$helper" completions "$shell" >"$docs/completions/meshtree.$shell"
done

for target in "${targets[@]}"; do
  if [ "$target" = "$host" ]; then
    cargo build --locked --release --target "$target"
  else
    cargo zigbuild --locked --release --target "$target"
  fi
  name=meshtree-$version-$target
  program=meshtree
  case $target in *windows*) program=meshtree.exe ;; esac
  mkdir -p "$work/$name"
  cp "$CARGO_TARGET_DIR/$target/release/$program" "$work/$name/"
  cp -R LICENSE README.md CHANGELOG.md schemas "$docs/man" "$docs/completions" "$work/$name/"
  # One order, one owner, one time.
  (cd "$work" && find "$name" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} + && find "$name" | LC_ALL=C sort |
    tar --create --no-recursion --owner=0 --group=0 --numeric-owner --mode='u=rwX,go=rX' --files-from=- |
    gzip -n -9 >"$out/$name.tar.gz")
  echo "$out/$name.tar.gz"
done

(cd "$out" && sha256sum -- *.tar.gz >SHA256SUMS)
echo "$out/SHA256SUMS"
