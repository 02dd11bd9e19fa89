using Microsoft.Extensions.Logging;

namespace PeerProxy.Agent.Signaling;

/// <summary>Log messages of the signaling client. Keys, signatures and session descriptions are never among them.</summary>
internal static partial class SignalingClientLog
{
    [LoggerMessage(1, LogLevel.Information, "Registered as {PeerId}", EventName = "SignalingRegistered")]
    public static partial void Registered(ILogger logger, string peerId);

    [LoggerMessage(2, LogLevel.Debug, "The node drains: moving to another one", EventName = "SignalingDraining")]
    public static partial void Draining(ILogger logger);

    [LoggerMessage(3, LogLevel.Debug, "No signaling connection ({Kind}): {Reason} Next attempt in {Wait}", EventName = "SignalingInterrupted")]
    public static partial void Interrupted(ILogger logger, SignalingFailureKind kind, string reason, TimeSpan wait);
}
