using PeerProxy.Protocol.Signaling;

namespace PeerProxy.Agent.Signaling;

/// <summary>Why there is no connection to the signaling service.</summary>
/// <param name="Kind">The stage that failed.</param>
/// <param name="Message">A sentence for people.</param>
/// <param name="Code">The node's error code; <see cref="SignalingErrorCode.None"/> when the node said nothing.</param>
public sealed record SignalingFailure(SignalingFailureKind Kind, string Message, SignalingErrorCode Code = SignalingErrorCode.None);
