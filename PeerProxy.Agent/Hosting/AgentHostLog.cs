using Microsoft.Extensions.Logging;

namespace PeerProxy.Agent.Hosting;

internal static partial class AgentHostLog
{
    [LoggerMessage(EventId = 1, EventName = "IdNotRemembered", Level = LogLevel.Warning, Message = "The id cannot be kept for the next start: {Reason}")]
    public static partial void IdNotRemembered(ILogger logger, string reason);
}
