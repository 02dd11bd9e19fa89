using PeerProxy.WebRtc.Dtls;
using PeerProxy.WebRtc.Sctp;

namespace PeerProxy.WebRtc.Connection;

/// <summary>What a <see cref="PeerConnection"/> is made of.</summary>
public sealed class PeerConnectionSettings
{
    public required DtlsCertificate Certificate { get; init; }

    /// <summary>Where the DTLS handshake does its work.</summary>
    public required DtlsHandshakeThreads HandshakeThreads { get; init; }

    public required IRandomSource Random { get; init; }

    /// <summary>First characters of every ICE fragment of this connection, by which a shared port finds it. May be empty.</summary>
    public string UsernamePrefix { get; init; } = "";

    /// <summary>Not connected that long after the remote description: failed.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public SctpOptions Sctp { get; init; } = new();

    /// <summary>Raised from another thread when <see cref="PeerConnection.HandleTimeout"/> should be called soon; null in lockstep simulations.</summary>
    public Action? Wake { get; init; }
}
