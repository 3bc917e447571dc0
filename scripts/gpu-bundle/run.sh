#!/bin/sh
# Runs Kindling's tests and benchmarks on this machine's GPU: sh run.sh [--quick] [--out FILE]; --help lists the rest.
# Needs a Linux x86-64 with a Vulkan driver; no network, no Node.js. Everything else lies beside this file.
here=$(cd "$(dirname "$0")" && pwd) || exit 2
node=$here/node/node
if [ ! -x "$node" ]; then
  node=$(command -v node) || { echo "run.sh: this bundle was made with --no-node and there is no node in PATH" >&2; exit 2; }
fi

# Of the libraries in lib/, those that this machine lacks: its own are never replaced.
gap=$(mktemp -d) || exit 2
trap 'rm -rf "$gap"' EXIT
PATH=${PATH:-/usr/bin:/bin}:/usr/sbin:/sbin
known=$(ldconfig -p 2>/dev/null)
tab=$(printf '\t')
for file in "$here"/lib/*.so*; do
  name=${file##*/}
  case "$known" in *"$tab$name "*) continue ;; esac
  for folder in /lib/x86_64-linux-gnu /usr/lib/x86_64-linux-gnu /lib64 /usr/lib64 /usr/local/nvidia/lib64; do
    [ -e "$folder/$name" ] && continue 2
  done
  ln -s "$file" "$gap/$name"
done
[ -d /usr/local/nvidia/lib64 ] && LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}/usr/local/nvidia/lib64
LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$gap
XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-$gap}
export PATH LD_LIBRARY_PATH XDG_RUNTIME_DIR
"$node" "$here/app/main.mjs" "$@" &
child=$!
trap 'kill "$child" 2>/dev/null' INT TERM
wait "$child"
code=$?
# A signal ends the first wait early: main.mjs then ends its stages, and itself.
while kill -0 "$child" 2>/dev/null; do
  wait "$child"
  code=$?
done
exit "$code"
