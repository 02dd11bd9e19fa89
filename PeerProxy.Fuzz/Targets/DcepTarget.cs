using PeerProxy.WebRtc.DataChannels;

namespace PeerProxy.Fuzz.Targets;

/// <summary>DATA_CHANNEL_OPEN: what is read can be written and read again.</summary>
internal sealed class DcepTarget : IFuzzTarget
{
    public string Name => "dcep";

    public void Run(ReadOnlySpan<byte> input)
    {
        if (DcepOpen.TryRead(input, out var open) && (!DcepOpen.TryRead(open.Encode(), out var again) || again != open))
        {
            throw new InvalidOperationException($"{open} is read back as something else");
        }
    }
}
