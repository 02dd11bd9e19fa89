using System.Globalization;
using System.Text;
using PeerProxy.Agent.Tunnel;
using PeerProxy.Protocol.Tunnel;

namespace PeerProxy.Agent.Forwarding;

/// <summary>Responses the agent makes itself: <c>pp-error</c> tells the client which designed page to show, the body is for everything else that asks.</summary>
internal static class ErrorResponses
{
    public static async Task SendAsync(TunnelStream stream, RequestHead head, int status, string code, string message)
    {
        var body = Encoding.UTF8.GetBytes(message + "\n");
        List<Field> fields =
        [
            new(":status", status.ToString(CultureInfo.InvariantCulture)),
            new("content-type", "text/plain; charset=utf-8"),
            new("content-length", body.Length.ToString(CultureInfo.InvariantCulture)),
            new("cache-control", "no-store"),
            new("pp-error", code),
        ];
        await stream.SendSectionAsync(FrameType.Headers, fields, isFinal: head.IsHead).ConfigureAwait(false);
        if (!head.IsHead)
        {
            await stream.SendBodyAsync(body, isFinal: true).ConfigureAwait(false);
        }

        stream.StopReceiving();
    }
}
