using System.Text;
using PeerProxy.WebRtc.Sdp;

namespace PeerProxy.Fuzz.Targets;

/// <summary>Descriptions: one that is read can be written, and that can be read.</summary>
internal sealed class SdpTarget : IFuzzTarget
{
    public string Name => "sdp";

    public bool IsText => true;

    public long AllocationAllowance => 64 * 1024;

    /// <summary>Read twice and written once.</summary>
    public long AllocationPerByte => 256;

    public void Run(ReadOnlySpan<byte> input)
    {
        if (SessionDescription.TryParse(Encoding.UTF8.GetString(input), out var description, out _)
            && !SessionDescription.TryParse(description!.Write(), out _, out var error))
        {
            throw new InvalidOperationException($"what was read cannot be read again: {error}");
        }
    }
}
