using Microsoft.Extensions.Logging;

namespace PeerProxy.Agent.Cookies;

internal static partial class CookieLog
{
    [LoggerMessage(EventId = 1, EventName = "CookiesUnreadable", Level = LogLevel.Warning, Message = "A session's cookies cannot be read ({Error}); it starts without.")]
    public static partial void ReadFailed(ILogger logger, string error);

    [LoggerMessage(EventId = 2, EventName = "CookiesNotSaved", Level = LogLevel.Warning, Message = "A session's cookies cannot be saved: {Error}")]
    public static partial void SaveFailed(ILogger logger, string error);
}
