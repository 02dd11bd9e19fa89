using System.Text.RegularExpressions;

namespace PeerProxy.Tests.Architecture;

/// <summary>The transport's core is sans-IO: time and datagrams are handed in, so that a simulation decides both. Only the driver in Hosting/ touches the machine.</summary>
[Trait("Category", "Architecture")]
public sealed partial class SansIoTests
{
    /// <summary>Files outside of the rule, each with its reason.</summary>
    private static readonly Dictionary<string, string> Exceptions = new()
    {
        ["PeerProxy.WebRtc/Connection/IPeerTransport.cs"] = "the seam that the driver implements is asynchronous by nature",
        ["PeerProxy.WebRtc/Dtls/DtlsHandshakeThreads.cs"] = "BouncyCastle's handshake blocks, so it runs on a thread that is handed records and never sees a socket",
        ["PeerProxy.WebRtc/Dtls/DtlsCertificate.cs"] = "a certificate has dates; they are made once, outside of any connection",
    };

    [Fact]
    public void Core_ReadsNoClockAndOpensNoSocket()
    {
        var offences =
            from file in Repository.Files("PeerProxy.WebRtc", ".cs")
            where !file.StartsWith("PeerProxy.WebRtc/Hosting/", StringComparison.Ordinal) && !Exceptions.ContainsKey(file)
            from line in Repository.Read(file).Split('\n').Select((text, index) => (Text: Code(text), Number: index + 1))
            where Machine().IsMatch(line.Text)
            select $"{file}:{line.Number}: {line.Text.Trim()}";

        var found = offences.ToArray();
        Assert.True(
            found.Length == 0,
            "The core takes `now` as a parameter and returns what is to be sent; clocks, sockets, threads and tasks live in Hosting/.\n" + string.Join('\n', found));
    }

    /// <summary>A line without its comment.</summary>
    private static string Code(string line)
    {
        var comment = line.IndexOf("//", StringComparison.Ordinal);
        return comment < 0 ? line : line[..comment];
    }

    [GeneratedRegex(@"\b(DateTime|DateTimeOffset|Stopwatch|Environment\.TickCount\w*|TimeProvider|Socket|UdpClient|Thread|Task|ValueTask|Timer|Random\.Shared)\b(?!\w)")]
    private static partial Regex Machine();
}
