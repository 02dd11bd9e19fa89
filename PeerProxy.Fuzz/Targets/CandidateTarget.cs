using System.Text;
using PeerProxy.WebRtc.Sdp;

namespace PeerProxy.Fuzz.Targets;

/// <summary>Trickled candidate lines: one that is read can be written, and that can be read.</summary>
internal sealed class CandidateTarget : IFuzzTarget
{
    public string Name => "candidate";

    public bool IsText => true;

    public void Run(ReadOnlySpan<byte> input)
    {
        if (CandidateLine.TryParse(Encoding.UTF8.GetString(input), out var candidate, out _)
            && !CandidateLine.TryParse(CandidateLine.Write(candidate!), out _, out var error))
        {
            throw new InvalidOperationException($"what was read cannot be read again: {error}");
        }
    }
}
