using PeerProxy.Protocol.Tunnel;

namespace PeerProxy.Fuzz.Targets;

/// <summary>Heads in QPACK.</summary>
internal sealed class TunnelHeadTarget : IFuzzTarget
{
    public const int MaxHeadBytes = 262_144;

    public string Name => "tunnel-head";

    public void Run(ReadOnlySpan<byte> input) => FieldSection.TryDecode(input, MaxHeadBytes, out _, out _);
}
