using Microsoft.Extensions.Logging;
using PeerProxy.Protocol.Tunnel;

namespace PeerProxy.Agent.Forwarding;

internal static partial class ForwardingLog
{
    [LoggerMessage(EventId = 1, EventName = "StreamEnded", Level = LogLevel.Debug, Message = "Stream {StreamId} ended early: {Code}.")]
    public static partial void StreamEnded(ILogger logger, uint streamId, TunnelErrorCode code);

    [LoggerMessage(EventId = 2, EventName = "TargetFailed", Level = LogLevel.Debug, Message = "The target failed ({Error}): {Detail}")]
    public static partial void TargetFailed(ILogger logger, string error, string detail);

    [LoggerMessage(EventId = 3, EventName = "ForwardingFailed", Level = LogLevel.Error, Message = "Stream {StreamId} failed inside the agent.")]
    public static partial void Failed(ILogger logger, uint streamId, Exception exception);
}
