#!/bin/sh
# Makes one image of this machine's own packages and .NET runtime, for machines that reach no image registry: redis-server, coturn, and what .NET needs.
#
#   local-image.sh NAME DOTNET_ROOT
#
# Debian and Ubuntu. The packages are unpacked, not configured: none of the programs needs that, and it takes seconds where an installation takes a minute.
set -eu
name=$1
dotnet=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root="$work/root"
mkdir -p "$work/archives/partial" "$root/etc" "$root/usr/bin" "$root/usr/sbin" "$root/usr/lib" "$root/usr/lib64" "$root/usr/share/dotnet"
for link in bin sbin lib lib64; do ln -s "usr/$link" "$root/$link"; done

# With an empty list of installed packages apt fetches the whole closure, C library included.
: >"$work/status"
fetch() {
  apt-get -qq -y -o Dir::State::status="$work/status" -o Dir::Cache::archives="$work/archives" -o Debug::NoLocking=1 \
    --download-only --no-install-recommends install dash coreutils openssl ca-certificates libstdc++6 zlib1g redis-server coturn
}
fetch >/dev/null 2>&1 || { apt-get update -qq; fetch; } >/dev/null

for package in "$work"/archives/*.deb; do
  dpkg-deb --fsys-tarfile "$package" | tar -x -C "$root" --keep-directory-symlink --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' --exclude='./usr/share/perl/*'
done
cp -r "$dotnet/dotnet" "$dotnet/host" "$dotnet/shared" "$root/usr/share/dotnet/"
ln -s ../share/dotnet/dotnet "$root/usr/bin/dotnet"
printf 'root:x:0:0::/:/bin/sh\napp:x:1654:1654::/:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\napp:x:1654:\n' >"$root/etc/group"
mkdir -p "$root/tmp" && chmod 1777 "$root/tmp"

tar -C "$root" -c . | docker import \
  --change 'ENV PATH=/usr/sbin:/usr/bin' --change 'CMD ["redis-server", "--protected-mode", "no"]' - "$name" >/dev/null
