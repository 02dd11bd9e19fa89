using System.Net;
using PeerProxy.Agent.Forwarding;
using PeerProxy.Protocol.Signaling;
using IceServer = PeerProxy.WebRtc.Connection.IceServer;

namespace PeerProxy.Agent.Cli;

/// <summary>The command line of sharing, checked.</summary>
internal sealed record ShareSettings(TargetAddress Target, Uri Server, string? Name, IReadOnlyList<IceServer> IceServers, int UdpPort)
{
    public bool AcceptAnyCertificate { get; init; }

    public bool Wait { get; init; }

    public bool SendForwardedHost { get; init; }

    public string? DataFolder { get; init; }

    public bool IsVerbose { get; init; }

    public bool IsJson { get; init; }

    /// <param name="problem">What is wrong with which option; empty on success.</param>
    public static bool TryBind(
        string targetText, string serverText, string? name, IReadOnlyList<string> iceTexts, int udpPort, out ShareSettings settings, out string problem)
    {
        settings = null!;
        if (!TargetAddress.TryParse(targetText, out var target, out problem))
        {
            return false;
        }

        var withScheme = serverText.Contains("://", StringComparison.Ordinal) ? serverText : "https://" + serverText;
        if (!Uri.TryCreate(withScheme, UriKind.Absolute, out var server) || server.Scheme is not ("http" or "https"))
        {
            problem = $"--server {serverText}: not an http or https URL.";
            return false;
        }

        if (name is not null && !PeerId.IsValid(name))
        {
            problem = $"--name {name}: {SignalingErrorInfo.Of(SignalingErrorCode.NameInvalid).Message}";
            return false;
        }

        if (udpPort is < 0 or > IPEndPoint.MaxPort)
        {
            problem = $"--udp-port {udpPort}: ports are 0 to 65535.";
            return false;
        }

        var iceServers = new List<IceServer>();
        foreach (var text in iceTexts)
        {
            if (!TryReadIceServer(text, out var iceServer))
            {
                problem = $"{text}: write stun:host[:port] or turn:user:password@host[:port].";
                return false;
            }

            iceServers.Add(iceServer);
        }

        settings = new ShareSettings(target, server, name, iceServers, udpPort);
        return true;
    }

    /// <summary><c>turn:user:password@host</c> is how people write it; the stack wants the three apart.</summary>
    private static bool TryReadIceServer(string text, out IceServer server)
    {
        server = null!;
        var scheme = text.IndexOf(':', StringComparison.Ordinal);
        if (scheme < 0 || text[..scheme] is not ("stun" or "stuns" or "turn" or "turns"))
        {
            return false;
        }

        var rest = text[(scheme + 1)..];
        var at = rest.LastIndexOf('@');
        if (at < 0)
        {
            server = new IceServer(text);
            return rest.Length > 0 && text.StartsWith("stun", StringComparison.Ordinal);
        }

        var colon = rest.IndexOf(':', StringComparison.Ordinal);
        if (colon < 1 || colon > at)
        {
            return false;
        }

        server = new IceServer($"{text[..scheme]}:{rest[(at + 1)..]}", rest[..colon], rest[(colon + 1)..at]);
        return true;
    }
}
