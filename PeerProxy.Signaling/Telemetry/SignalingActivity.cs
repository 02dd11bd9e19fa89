using System.Diagnostics;

namespace PeerProxy.Signaling.Telemetry;

/// <summary>The one activity source of the project: a span per relayed message, joined across nodes.</summary>
internal static class SignalingActivity
{
    public static readonly ActivitySource Source = new("PeerProxy.Signaling");

    /// <param name="messageType">The <c>mtype</c>.</param>
    /// <param name="kind">Server where the message came from a socket, consumer where it came from another node.</param>
    /// <param name="traceParent">W3C trace context of the node before.</param>
    public static Activity? Start(string messageType, ActivityKind kind, string traceParent = "")
    {
        if (!Source.HasListeners())
        {
            return null;
        }
        _ = ActivityContext.TryParse(traceParent, null, isRemote: true, out var parent);
        return Source.StartActivity($"signal {messageType}", kind, parent);
    }

    public static string TraceParent(Activity? activity) => activity?.Id ?? "";
}
