using PeerProxy.Protocol.Signaling;

namespace PeerProxy.Agent.Signaling;

/// <summary>Why <see cref="SignalingClient.RunAsync"/> ended.</summary>
/// <param name="Code"><see cref="SignalingErrorCode.None"/> after cancellation; else a permanent error: <c>name-taken</c>, <c>name-invalid</c>,
/// <c>bad-signature</c>, <c>superseded</c> or <c>version</c>.</param>
/// <param name="Message">The node's sentence; empty after cancellation.</param>
public sealed record SignalingOutcome(SignalingErrorCode Code, string Message)
{
    public static readonly SignalingOutcome Stopped = new(SignalingErrorCode.None, "");

    /// <summary>Whether the caller stopped it.</summary>
    public bool IsStopped => Code == SignalingErrorCode.None;
}
