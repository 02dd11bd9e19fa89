#!/usr/bin/env bash
# Installs the web applications that the end-to-end tests drive: DokuWiki with PHP and Jupyter Notebook from Debian, a Blazor app made of the
# SDK's own template, the others from npm, pinned by the lock file.
# Usage: install.sh FOLDER. Does nothing when all is there; two at a time wait for each other.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$1
mkdir -p "$folder"
exec 3>"$folder/.lock"
flock 3

packages=()
# php-cgi satisfies DokuWiki's wish for a PHP without bringing a web server of its own.
command -v php >/dev/null && [ -d /usr/share/dokuwiki ] || packages+=(php-cgi php-cli php-xml dokuwiki)
command -v npm >/dev/null || packages+=(nodejs npm)
/usr/bin/python3 -c 'import notebook, ipykernel' 2>/dev/null || packages+=(python3-notebook python3-ipykernel)
if [ "${#packages[@]}" -gt 0 ]; then
  sudo=$([ "$(id -u)" = 0 ] || echo sudo)
  $sudo apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=120 "${packages[@]}" >/dev/null
fi

# Not "npm ci": a registry without the packages of other systems, which some of the applications name as optional, is good enough.
if ! cmp -s "$here/package-lock.json" "$folder/.complete"; then
  cp "$here/package.json" "$here/package-lock.json" "$folder/"
  (cd "$folder" && npm install --ignore-scripts --no-audit --no-fund --loglevel=error)
  cp "$here/package-lock.json" "$folder/.complete"
fi

# The template is part of the SDK, so the SDK's version is the app's. The build settings of the repository around the folder are not for it.
sdk=$(dotnet --version)
if [ "$(cat "$folder/blazor/.complete" 2>/dev/null)" != "$sdk" ]; then
  rm -rf "$folder/blazor"
  mkdir -p "$folder/blazor"
  for name in Directory.Build.props Directory.Build.targets Directory.Packages.props; do
    echo '<Project />' >"$folder/blazor/$name"
  done
  dotnet new blazor --interactivity Server --name LabBlazor --output "$folder/blazor/source" --no-restore >/dev/null
  dotnet publish "$folder/blazor/source" -c Release -o "$folder/blazor/app" -p:UseAppHost=false -v q -nologo -nodeReuse:false -p:UseSharedCompilation=false
  echo "$sdk" >"$folder/blazor/.complete"
fi
