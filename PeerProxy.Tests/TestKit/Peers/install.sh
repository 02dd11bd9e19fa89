#!/usr/bin/env bash
# Installs the npm packages of the interop tests' peers, pinned by the lock file. Usage: install.sh FOLDER. Does nothing when all is there.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$1
mkdir -p "$folder"
exec 9>"$folder/.lock"
flock 9
if ! cmp -s "$here/package-lock.json" "$folder/package-lock.json" || [ ! -f "$folder/.complete" ]; then
  rm -f "$folder/.complete"
  cp "$here/package.json" "$here/package-lock.json" "$folder/"
  (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
  touch "$folder/.complete"
fi
