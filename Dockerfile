# Four small images that run as an ordinary user:
#
#   docker build --target signaling -t peerproxy/signaling .
#   docker build --target edge      -t peerproxy/edge .
#   docker build --target agent     -t peerproxy/agent .
#   docker build --target site      -t peerproxy/site .
#
# The base images are settings, for registries of your own. RUNTIME_IMAGE needs no shell and no ICU.
ARG SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0
ARG RUNTIME_IMAGE=mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled

FROM ${SDK_IMAGE} AS source
WORKDIR /source
ENV DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
COPY . .

FROM source AS publish-signaling
RUN dotnet publish PeerProxy.Signaling -c Release -o /out -p:UseAppHost=false -v q

FROM source AS publish-edge
RUN dotnet publish PeerProxy.WebClient -c Release -o /out -p:UseAppHost=false -v q

FROM source AS publish-agent
# The data folder comes from here, since the runtime image has no shell to make it.
RUN dotnet publish PeerProxy.Agent -c Release -o /out -p:UseAppHost=false -v q && mkdir /data && chmod 700 /data

FROM source AS publish-site
RUN dotnet publish samples/PeerProxy.SampleSite -c Release -o /out -p:UseAppHost=false -v q

# 1654 is the user "app" of Microsoft's images; as a number it also satisfies runAsNonRoot.
FROM ${RUNTIME_IMAGE} AS runtime
WORKDIR /app
ENV ASPNETCORE_HTTP_PORTS=8080 DOTNET_EnableDiagnostics=0
USER 1654

FROM runtime AS signaling
COPY --from=publish-signaling /out .
EXPOSE 8080
ENTRYPOINT ["dotnet", "PeerProxy.Signaling.dll"]

FROM runtime AS edge
COPY --from=publish-edge /out .
EXPOSE 8080
ENTRYPOINT ["dotnet", "PeerProxy.WebClient.dll"]

FROM runtime AS agent
COPY --from=publish-agent /out .
COPY --from=publish-agent --chown=1654:1654 /data /data
ENV PEERPROXY_HOME=/data
VOLUME /data
ENTRYPOINT ["dotnet", "peerproxy.dll"]

FROM runtime AS site
COPY --from=publish-site /out .
EXPOSE 8080
ENTRYPOINT ["dotnet", "PeerProxy.SampleSite.dll"]
