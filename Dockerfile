# Four small images that run as an ordinary user:
#
#   docker build --target signaling -t peerproxy/signaling .
#   docker build --target edge      -t peerproxy/edge .
#   docker build --target agent     -t peerproxy/agent .
#   docker build --target site      -t peerproxy/site .
#
# The base images are settings, for registries of your own. RUNTIME_IMAGE needs no shell and no ICU. Where a build container reaches no package source,
# run deploy/publish.sh first and build with OUTPUT=published: the images then hold what it wrote to artifacts/publish, and SDK_IMAGE is not used.
ARG SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0
ARG RUNTIME_IMAGE=mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled
ARG OUTPUT=built

FROM ${SDK_IMAGE} AS source
WORKDIR /source
ENV DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
COPY . .

FROM source AS built-signaling
RUN deploy/publish.sh /out signaling

FROM source AS built-edge
RUN deploy/publish.sh /out edge

FROM source AS built-agent
RUN deploy/publish.sh /out agent

FROM source AS built-site
RUN deploy/publish.sh /out site

FROM scratch AS published-signaling
COPY artifacts/publish/signaling /out/signaling

FROM scratch AS published-edge
COPY artifacts/publish/edge /out/edge

FROM scratch AS published-agent
COPY artifacts/publish/agent /out/agent

FROM scratch AS published-site
COPY artifacts/publish/site /out/site

FROM ${OUTPUT}-signaling AS output-signaling
FROM ${OUTPUT}-edge AS output-edge
FROM ${OUTPUT}-agent AS output-agent
FROM ${OUTPUT}-site AS output-site

# The agent's data folder comes from here, since the runtime image has no shell to make it.
FROM scratch AS empty
WORKDIR /data

# 1654 is the user "app" of Microsoft's images; as a number it also satisfies runAsNonRoot.
FROM ${RUNTIME_IMAGE} AS runtime
WORKDIR /app
ENV ASPNETCORE_HTTP_PORTS=8080 DOTNET_EnableDiagnostics=0
USER 1654

FROM runtime AS signaling
COPY --from=output-signaling /out/signaling .
EXPOSE 8080
ENTRYPOINT ["dotnet", "PeerProxy.Signaling.dll"]

FROM runtime AS edge
COPY --from=output-edge /out/edge .
EXPOSE 8080
ENTRYPOINT ["dotnet", "PeerProxy.WebClient.dll"]

FROM runtime AS agent
COPY --from=output-agent /out/agent .
COPY --from=empty --chown=1654:1654 --chmod=700 /data /data
ENV PEERPROXY_HOME=/data
VOLUME /data
ENTRYPOINT ["dotnet", "peerproxy.dll"]

FROM runtime AS site
COPY --from=output-site /out/site .
EXPOSE 8080
ENTRYPOINT ["dotnet", "PeerProxy.SampleSite.dll"]
