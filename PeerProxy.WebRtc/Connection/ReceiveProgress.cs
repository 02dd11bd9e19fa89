namespace PeerProxy.WebRtc.Connection;

/// <summary>What a connection has received so far.</summary>
/// <param name="Elapsed">On a clock that only goes forward.</param>
/// <param name="Bytes">Payload bytes.</param>
/// <param name="Packets">Chunks of data, about one per packet when bodies flow.</param>
/// <param name="Holes">How often something was missing before what came.</param>
/// <param name="RoundTripTime">The least the path was found to have; zero while it is not known.</param>
/// <param name="IsQueued">The path's queue was found to grow lately: what is missing was dropped there.</param>
public readonly record struct ReceiveProgress(TimeSpan Elapsed, long Bytes, long Packets, long Holes, TimeSpan RoundTripTime, bool IsQueued);
