using System.Net;
using System.Net.Security;
using PeerProxy.WebRtc.Dtls;
using PeerProxy.WebRtc.Hosting.Linux;
using PeerProxy.WebRtc.Sctp;

namespace PeerProxy.WebRtc.Hosting;

/// <summary>Settings of a <see cref="WebRtcTransport"/>.</summary>
public sealed class WebRtcTransportOptions
{
    /// <summary>Local UDP port that serves all connections; 0 (the default) lets the system choose one.</summary>
    public int UdpPort { get; init; }

    /// <summary>Addresses to listen on, each by its own socket; empty (the default): all, IPv6 and IPv4.</summary>
    public IReadOnlyList<IPAddress> BindAddresses { get; init; } = [];

    /// <summary>Offer loopback addresses although the machine has others: for peers on the same machine. Default off.</summary>
    public bool IncludeLoopback { get; init; }

    /// <summary>Connections at a time; further ones are refused. Default 4096: some hundred MB at most.</summary>
    public int MaxConnections { get; init; } = 4096;

    /// <summary>Certificate of all connections; null (the default): a new one.</summary>
    public DtlsCertificate? Certificate { get; init; }

    /// <summary>Judges the certificate of a TURN server reached by TLS; null (the default): the system's trust and the host name decide.</summary>
    public RemoteCertificateValidationCallback? TurnCertificateValidation { get; init; }

    /// <summary>Settings of each association. By default packets grow to what path and peer take, where the system can tell (it can forbid fragments).</summary>
    public SctpOptions Sctp { get; init; } = LinuxSockets.IsSupported ? new() { MaxPacketSize = SctpOptions.LargestPacketSize } : new();

    internal void Validate()
    {
        if (UdpPort is < 0 or > IPEndPoint.MaxPort)
        {
            throw new ArgumentOutOfRangeException(nameof(UdpPort), UdpPort, "The UDP port must be 0 to 65535.");
        }

        if (MaxConnections is < 1 or > PortDemultiplexer.MaxSlots)
        {
            throw new ArgumentOutOfRangeException(
                nameof(MaxConnections), MaxConnections, $"The number of connections must be 1 to {PortDemultiplexer.MaxSlots}.");
        }
    }
}
