#!/usr/bin/env bash
# Builds once and runs the tests. On Debian or Ubuntu as root it first installs what the tests talk to.
#
#   ./test.sh                        everything
#   ./test.sh Unit Simulation        only these categories (folders of PeerProxy.Tests)
#   ./test.sh EndToEnd.Compatibility the cases of docs/compatibility.md
#
# The last line is "N passed, N failed, N skipped". With CI=true a skipped test is a failure.
set -u
cd "$(dirname "$0")"
exec </dev/null

results=artifacts/test-results
log="$results/tests.log"
# The suite is to stay under 15 minutes with the build; the limit is far above, for slow machines: a run that hangs ends with its own report.
time_limit=40m
started=$SECONDS

# Debian package -> the program, or the file, that shows it is there.
install_missing() {
  [ -f /etc/debian_version ] && [ "$(id -u)" = 0 ] || return 0
  local missing=() light= entry
  for entry in chromium:chromium firefox-esr:firefox-esr redis-server:redis-server coturn:turnserver docker.io:dockerd docker-compose:docker-compose iproute2:ip nftables:nft procps:ps build-essential:gcc python3:python3 \
    nodejs:node npm:npm php-cgi:php php-cli:php php-xml:/usr/share/php*-xml/xml dokuwiki:/usr/share/dokuwiki python3-notebook:/usr/lib/python3/dist-packages/notebook; do
    command -v "${entry#*:}" >/dev/null || compgen -G "${entry#*:}" >/dev/null || missing+=("${entry%%:*}")
  done
  # A library, so no program shows it; Debian's own interpreter is the one that finds it.
  /usr/bin/python3 -c "import aiortc" 2>/dev/null || missing+=(python3-aiortc)
  command -v chromium-headless-shell >/dev/null || light=chromium-headless-shell
  [ "${#missing[@]}" -gt 0 ] || [ -n "$light" ] || return 0

  echo "Installing: ${missing[*]} $light"
  export DEBIAN_FRONTEND=noninteractive
  # Debian starts daemons on installation; the tests start their own, on ports of their own.
  local policy=/usr/sbin/policy-rc.d made_policy=
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy" && made_policy=yes
  fi
  apt-get update -qq >"$results/apt.log" 2>&1
  # Not every distribution has the light browser; the whole one does its work there.
  apt-cache show chromium-headless-shell >/dev/null 2>&1 || light=
  apt-get install -y -qq --no-install-recommends ${light:+"$light"} "${missing[@]}" >>"$results/apt.log" 2>&1 ||
    { tail -5 "$results/apt.log"; echo "Some packages could not be installed; the tests that need them say so."; }
  [ -z "$made_policy" ] || rm -f "$policy"
}

# Category names become one filter: a test's namespace starts with its category.
run_tests() {
  local filters=() category
  for category in "$@"; do
    filters+=(--filter-namespace "PeerProxy.Tests.$category" --filter-namespace "PeerProxy.Tests.$category.*")
  done
  dotnet PeerProxy.Tests/bin/Debug/net10.0/PeerProxy.Tests.dll --progress off --no-ansi --timeout "$time_limit" \
    --show-test-results failed,skipped --show-slowest-tests 15 \
    --results-directory "$results" --report-xunit-trx --report-xunit-trx-filename tests.trx "${filters[@]}"
}

# The run's own summary has one line per outcome, such as "  failed: 0".
count() { sed -nE "s/^ +$1: ([0-9]+).*/\1/p" "$log" | tail -1 | grep . || echo 0; }

# Each failed test with the beginning of its message; the whole is far above, between what others printed.
list_failures() {
  echo
  echo "Failed tests:"
  awk '/^failed /{left=8; print "  " $0; next} /^[^ ]/{left=0} left>0 && NF{left--; print "  " substr($0, 1, 400)}' "$log"
}

rm -rf "$results" && mkdir -p "$results"
install_missing
installed=$SECONDS

dotnet build PeerProxy.sln -nologo -v q || { echo "The build failed."; echo "0 passed, 1 failed, 0 skipped"; exit 1; }
built=$SECONDS

run_tests "$@" 2>&1 | tee "$log"
code=${PIPESTATUS[0]}
passed=$(count succeeded)
failed=$(count failed)
skipped=$(count skipped)
# A run can fail without a failed test: nothing matched, or the time limit.
[ "$code" = 0 ] || [ "$failed" -gt 0 ] || failed=1

[ "$failed" = 0 ] || list_failures
echo
echo "Time: install $((installed - started)) s, build $((built - installed)) s, tests $((SECONDS - built)) s. Reports: $results"
[ "$skipped" = 0 ] || [ "${CI:-}" != true ] || echo "In CI every test runs: a skip is a failure. The reasons are above."
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && { [ "$skipped" = 0 ] || [ "${CI:-}" != true ]; }
