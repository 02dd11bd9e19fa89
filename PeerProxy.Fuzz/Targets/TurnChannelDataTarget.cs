using PeerProxy.WebRtc.Turn;

namespace PeerProxy.Fuzz.Targets;

/// <summary>ChannelData in a datagram.</summary>
internal sealed class TurnChannelDataTarget : IFuzzTarget
{
    public string Name => "turn-channel-data";

    public void Run(ReadOnlySpan<byte> input)
    {
        if (ChannelData.LooksLikeChannelData(input))
        {
            ChannelData.TryRead(input, out _, out _);
        }
    }
}
