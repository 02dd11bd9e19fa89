namespace PeerProxy.Bench.Scenarios.Wan;

/// <summary>What one transfer came to.</summary>
/// <param name="Bytes">That arrived.</param>
/// <param name="FirstByte">From the request to the first byte of the answer.</param>
internal sealed record Transfer(long Bytes, TimeSpan Took, TimeSpan FirstByte)
{
    public double Megabits => Bytes * 8 / 1e6 / Took.TotalSeconds;
}
