using PeerProxy.WebRtc.Turn;

namespace PeerProxy.Fuzz.Targets;

/// <summary>The byte stream from a TURN server, arriving in pieces whose size the first byte chooses.</summary>
internal sealed class TurnStreamTarget : IFuzzTarget
{
    public string Name => "turn-stream";

    /// <summary>The framer holds one message of the largest size, twice while it grows.</summary>
    public long AllocationAllowance => 3 * TurnStreamFramer.MaxMessageSize;

    public void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        var framer = new TurnStreamFramer();
        var piece = (input[0] % 64) + 1;
        input = input[1..];
        while (!input.IsEmpty && !framer.IsBroken)
        {
            var destination = framer.GetWriteSpan();
            var count = Math.Min(Math.Min(piece, destination.Length), input.Length);
            input[..count].CopyTo(destination);
            framer.Advance(count);
            input = input[count..];
            while (framer.TryRead(out _))
            {
            }
        }
    }
}
