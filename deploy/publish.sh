#!/bin/sh
# Publishes what the container images hold, a folder per image.
#
#   deploy/publish.sh                              all of them, to artifacts/publish
#   deploy/publish.sh FOLDER IMAGE...              some (signaling, edge, agent, site), to FOLDER
#   PUBLISH_OPTIONS="-c Debug --no-build" deploy/publish.sh
set -eu
cd "$(dirname "$0")/.."
folder=${1:-artifacts/publish}
[ $# -le 1 ] && set -- "$folder" signaling edge agent site
shift

for image in "$@"; do
  case $image in
    signaling) project=PeerProxy.Signaling ;;
    edge) project=PeerProxy.WebClient ;;
    agent) project=PeerProxy.Agent ;;
    site) project=samples/PeerProxy.SampleSite ;;
    *) echo "There is no image '$image'." >&2; exit 2 ;;
  esac
  rm -rf "${folder:?}/$image"
  # Unquoted on purpose: several options. No apphost: the images start "dotnet".
  dotnet publish "$project" ${PUBLISH_OPTIONS:--c Release} -o "$folder/$image" -p:UseAppHost=false -v q -nologo
done
