using Microsoft.Extensions.Logging;

namespace PeerProxy.Agent.Visitors;

internal static partial class VisitorLog
{
    [LoggerMessage(EventId = 1, EventName = "VisitorConnected", Level = LogLevel.Information, Message = "Visitor {VisitorId} is connected ({Path}).")]
    public static partial void Connected(ILogger logger, string visitorId, string path);

    [LoggerMessage(EventId = 2, EventName = "VisitorEnded", Level = LogLevel.Information, Message = "Visitor {VisitorId} left: {Reason}")]
    public static partial void Ended(ILogger logger, string visitorId, string reason);

    [LoggerMessage(EventId = 3, EventName = "VisitorNeverConnected", Level = LogLevel.Warning, Message = "Visitor {VisitorId} could not connect: {Reason}")]
    public static partial void NeverConnected(ILogger logger, string visitorId, string reason);

    [LoggerMessage(EventId = 4, EventName = "VisitorFailed", Level = LogLevel.Error, Message = "The session of visitor {VisitorId} failed.")]
    public static partial void Failed(ILogger logger, string visitorId, Exception exception);

    [LoggerMessage(EventId = 5, EventName = "OfferRefused", Level = LogLevel.Warning, Message = "An offer of visitor {VisitorId} was refused: {Reason}")]
    public static partial void OfferRefused(ILogger logger, string visitorId, string reason);
}
