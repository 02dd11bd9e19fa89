namespace PeerProxy.WebRtc.Sctp.Send;

/// <summary>What a look for losses has found.</summary>
/// <param name="Chunks">Chunks newly deemed lost.</param>
/// <param name="Bytes">Their wire bytes.</param>
/// <param name="OutageBytes">Wire bytes now known to have been lost in an <see cref="Outage"/>; may hold some that were counted as lost before.</param>
internal readonly record struct DetectedLosses(int Chunks, long Bytes, long OutageBytes);
