#!/usr/bin/env bash
# Installs the web applications that the end-to-end tests drive: DokuWiki and PHP from Debian, the others from npm, pinned by the lock file.
# Usage: install.sh FOLDER (default: artifacts/apps at the root of the repository). Does nothing when all is there.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=${1:-$here/../../../artifacts/apps}
mkdir -p "$folder"

packages=()
# php-cgi satisfies DokuWiki's wish for a PHP without bringing a web server of its own.
command -v php >/dev/null && [ -d /usr/share/dokuwiki ] || packages+=(php-cgi php-cli php-xml dokuwiki)
command -v npm >/dev/null || packages+=(nodejs npm)
if [ "${#packages[@]}" -gt 0 ]; then
  sudo=$([ "$(id -u)" = 0 ] || echo sudo)
  $sudo apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
fi

if ! cmp -s "$here/package-lock.json" "$folder/package-lock.json" || [ ! -f "$folder/.complete" ]; then
  rm -f "$folder/.complete"
  cp "$here/package.json" "$here/package-lock.json" "$folder/"
  (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
  touch "$folder/.complete"
fi
