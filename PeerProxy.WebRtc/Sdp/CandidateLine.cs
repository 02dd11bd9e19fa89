using System.Globalization;
using System.Text;
using PeerProxy.WebRtc.Ice;

namespace PeerProxy.WebRtc.Sdp;

/// <summary>The candidate-attribute of RFC 8839 section 5.1, as it stands in SDP and in trickled candidates.</summary>
/// <remarks><code>
/// candidate:&lt;foundation> &lt;component> &lt;transport> &lt;priority> &lt;address> &lt;port> typ &lt;type> [raddr &lt;a> rport &lt;p>] [tcptype &lt;t>] [&lt;name> &lt;value>]...
/// </code></remarks>
public static class CandidateLine
{
    /// <summary>Far above any browser's; a host name alone may have 255.</summary>
    public const int MaxLength = 1024;

    private const string Prefix = "candidate:";

    /// <summary>Reads a line with or without "a=". Unknown extensions are skipped; a host name in place of the address stays unresolved.</summary>
    /// <param name="error">What is wrong, when false is returned.</param>
    public static bool TryParse(ReadOnlySpan<char> line, out IceCandidate? candidate, out string? error)
    {
        candidate = null;
        error = Parse(line.Trim(), out candidate);
        return error is null;
    }

    /// <summary>The line without "a=".</summary>
    public static string Write(IceCandidate candidate)
    {
        var text = new StringBuilder(128);
        text.Append(CultureInfo.InvariantCulture, $"{Prefix}{candidate.Foundation} {candidate.Component} ");
        text.Append(candidate.IsUdp ? "udp" : "tcp");
        text.Append(CultureInfo.InvariantCulture, $" {candidate.Priority} ");
        text.Append(candidate.NeedsResolution ? candidate.HostName : AddressText(candidate.Address));
        text.Append(CultureInfo.InvariantCulture, $" {(candidate.NeedsResolution ? candidate.HostPort : candidate.Address.Port)} typ {TypeText(candidate.Type)}");
        if (candidate.RelatedAddress is { } related)
        {
            text.Append(CultureInfo.InvariantCulture, $" raddr {AddressText(related)} rport {related.Port}");
        }

        if (candidate.TcpType is { } tcpType)
        {
            text.Append(CultureInfo.InvariantCulture, $" tcptype {tcpType}");
        }

        if (candidate.UsernameFragment is { } fragment)
        {
            text.Append(CultureInfo.InvariantCulture, $" ufrag {fragment}");
        }

        return text.ToString();
    }

    private static string? Parse(ReadOnlySpan<char> line, out IceCandidate? candidate)
    {
        candidate = null;
        if (line.Length > MaxLength)
        {
            return "candidate line too long";
        }

        if (line.StartsWith("a=", StringComparison.Ordinal))
        {
            line = line[2..];
        }

        if (!line.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            return "not a candidate line";
        }

        var words = new WordReader(line[Prefix.Length..]);
        ReadOnlySpan<char> foundation = words.Next();
        ReadOnlySpan<char> component = words.Next();
        ReadOnlySpan<char> transport = words.Next();
        ReadOnlySpan<char> priority = words.Next();
        ReadOnlySpan<char> address = words.Next();
        ReadOnlySpan<char> port = words.Next();
        ReadOnlySpan<char> typeKeyword = words.Next();
        ReadOnlySpan<char> typeText = words.Next();
        if (typeText.IsEmpty || !typeKeyword.SequenceEqual("typ"))
        {
            return "candidate line is incomplete";
        }

        if (foundation.Length > 32)
        {
            return "candidate foundation is longer than 32 characters";
        }

        if (!TryNumber(component, 256, out uint componentNumber) || componentNumber == 0)
        {
            return "candidate component is not 1..256";
        }

        if (!TryNumber(priority, uint.MaxValue, out uint priorityNumber))
        {
            return "candidate priority is not a number";
        }

        if (!TryNumber(port, ushort.MaxValue, out uint portNumber))
        {
            return "candidate port is not 0..65535";
        }

        if (TypeOf(typeText) is not { } type)
        {
            return "candidate type is unknown";
        }

        bool isUdp = transport.Equals("udp", StringComparison.OrdinalIgnoreCase);
        if (!isUdp && !transport.Equals("tcp", StringComparison.OrdinalIgnoreCase))
        {
            return "candidate transport is unknown";
        }

        TransportAddress? related = null;
        ReadOnlySpan<char> relatedText = default;
        string? tcpType = isUdp ? null : "";
        string? fragment = null;
        while (words.Next() is { IsEmpty: false } name)
        {
            ReadOnlySpan<char> value = words.Next();
            switch (name)
            {
                case "raddr":
                    relatedText = value;
                    break;
                case "rport":
                    related = TryNumber(value, ushort.MaxValue, out uint relatedPort)
                        && TransportAddress.TryParse(relatedText, (int)relatedPort, out TransportAddress parsed) ? parsed : null;
                    break;
                case "tcptype" when !isUdp:
                    tcpType = value.ToString();
                    break;
                case "ufrag":
                    fragment = value.ToString();
                    break;
                default:
                    // generation, network-id, network-cost and whatever comes later (RFC 8839 section 5.1: ignore what is unknown).
                    break;
            }
        }

        bool isLiteral = TransportAddress.TryParse(address, (int)portNumber, out TransportAddress literal);
        if (!isLiteral && !IsHostName(address))
        {
            return "candidate address is neither an address nor a name";
        }

        candidate = new IceCandidate
        {
            Type = type,
            Address = isLiteral ? literal : default,
            HostName = isLiteral ? null : address.ToString(),
            HostPort = (ushort)portNumber,
            Priority = priorityNumber,
            Foundation = foundation.ToString(),
            Component = (int)componentNumber,
            RelatedAddress = related,
            TcpType = tcpType,
            UsernameFragment = fragment,
        };
        return null;
    }

    private static string AddressText(in TransportAddress address) => address.WithScope(0).ToIPAddress().ToString();

    private static string TypeText(IceCandidateType type) => type switch
    {
        IceCandidateType.Host => "host",
        IceCandidateType.ServerReflexive => "srflx",
        IceCandidateType.PeerReflexive => "prflx",
        _ => "relay",
    };

    private static IceCandidateType? TypeOf(ReadOnlySpan<char> text) => text switch
    {
        "host" => IceCandidateType.Host,
        "srflx" => IceCandidateType.ServerReflexive,
        "prflx" => IceCandidateType.PeerReflexive,
        "relay" => IceCandidateType.Relayed,
        _ => null,
    };

    private static bool TryNumber(ReadOnlySpan<char> text, uint max, out uint number) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= max;

    private static bool IsHostName(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > 255 || !text.Contains('.'))
        {
            return false;
        }

        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.' or '_'))
            {
                return false;
            }
        }

        return true;
    }

    private ref struct WordReader(ReadOnlySpan<char> rest)
    {
        private ReadOnlySpan<char> _rest = rest;

        /// <summary>Empty at the end.</summary>
        public ReadOnlySpan<char> Next()
        {
            _rest = _rest.TrimStart(' ');
            int end = _rest.IndexOf(' ');
            ReadOnlySpan<char> word = end < 0 ? _rest : _rest[..end];
            _rest = _rest[word.Length..];
            return word;
        }
    }
}
