using PeerProxy.WebRtc;
using PeerProxy.WebRtc.Ice;

namespace PeerProxy.Fuzz.Targets;

/// <summary>Answers to multicast DNS questions, which any machine of the network may send.</summary>
internal sealed class MdnsTarget : IFuzzTarget
{
    public string Name => "mdns";

    public void Run(ReadOnlySpan<byte> input)
    {
        Span<TransportAddress> addresses = stackalloc TransportAddress[4];
        MdnsQuery.ReadAddresses(input, "8b7f.local", addresses);
    }
}
