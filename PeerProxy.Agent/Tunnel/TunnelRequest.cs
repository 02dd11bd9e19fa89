using PeerProxy.Protocol.Tunnel;

namespace PeerProxy.Agent.Tunnel;

/// <summary>A request as a visitor sends it.</summary>
public sealed class TunnelRequest
{
    public string Method { get; init; } = "GET";

    /// <summary>Path and query.</summary>
    public string Path { get; init; } = "/";

    /// <summary>Host and port of the visitor's URL.</summary>
    public string Authority { get; init; } = "peer.localhost";

    public string Scheme { get; init; } = "http";

    /// <summary>Fields after the pseudo-fields; lower-case names.</summary>
    public IReadOnlyList<Field> Fields { get; init; } = [];

    /// <summary>Read to its end while the response may already arrive; null: no body.</summary>
    public Stream? Body { get; init; }

    internal List<Field> Head() =>
        [new(":method", Method), new(":path", Path), new(":authority", Authority), new(":scheme", Scheme), .. Fields];
}
