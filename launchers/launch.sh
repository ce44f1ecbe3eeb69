# Sourced by the launchers beside it, which set `here` (their own path, links resolved) and `entry` (their program's file).
# Runs the program on the Node that the project pins, whatever `node` the machine has. `exec` makes the program the process:
# signals, exit code and standard streams are its own.
name=${here##*/}
root=${here%/launchers/*}
node=$root/node_modules/.bin/node

# No pinned Node for this kind of machine (macOS), or installed without it: use the machine's own if it is new enough.
if ! [ -x "$node" ]; then
  if ! node=$(command -v node); then
    echo "$name: no Node here: run npm ci in $root, or install Node 24 or newer (runtime-missing)" >&2
    exit 1
  fi
  version=$("$node" --version)
  major=${version#v}
  if ! [ "${major%%.*}" -ge 24 ] 2>/dev/null; then
    echo "$name: $node is $version, needs 24 or newer: run npm ci in $root, or install one (runtime-too-old)" >&2
    exit 1
  fi
fi

# A launcher may set `flags` for Node.
# shellcheck disable=SC2086 # One word per flag is meant.
exec "$node" ${flags-} --require "$root/launchers/compile-cache.cjs" "$root/$entry" "$@"
