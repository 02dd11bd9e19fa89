using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace PeerProxy.Tests.TestKit.Targets;

/// <summary>Targets that break their promise: they die in the middle, or announce a wrong length. Written on the transport, past Kestrel's own checks.</summary>
internal static class LabBroken
{
    public static void Map(IEndpointRouteBuilder app, LabTarget lab)
    {
        // framing: length | chunked; ending: reset (RST) | close (FIN).
        app.MapGet("/dies/{framing}/{ending}/{bytes:int}", (HttpContext context, string framing, string ending, int bytes) => DieAsync(lab, context, framing, ending, bytes));
        app.MapGet("/dies-in-page", (HttpContext context) => DieInPageAsync(lab, context));
        app.MapGet("/too-short", (HttpContext context) => SendRawAsync(lab, context, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\nConnection: close\r\n\r\nonly this"));
        app.MapGet("/garbage", (HttpContext context) => SendRawAsync(lab, context, "this is not HTTP at all\r\n\r\n"));
        app.MapGet("/silent-close", (HttpContext context) => SendRawAsync(lab, context, ""));
    }

    private static async Task DieAsync(LabTarget lab, HttpContext context, string framing, string ending, int bytes)
    {
        var output = lab.ConnectionOf(context).Transport.Output;
        var body = new byte[bytes];
        LabBytes.Fill(body, 3, 0);
        var head = framing == "length"
            ? $"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: {bytes * 2}\r\n\r\n"
            : $"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n{bytes:x}\r\n";
        await output.WriteAsync(Encoding.ASCII.GetBytes(head));
        await output.WriteAsync(body);
        if (framing != "length")
        {
            await output.WriteAsync("\r\n"u8.ToArray());
        }

        await EndAsync(lab, context, ending == "reset");
    }

    private static async Task DieInPageAsync(LabTarget lab, HttpContext context)
    {
        await lab.ConnectionOf(context).Transport.Output.WriteAsync(Encoding.ASCII.GetBytes(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5000\r\n\r\n<!doctype html><title>Half</title><p id=half>half a page"));
        await EndAsync(lab, context, reset: true);
    }

    private static async Task SendRawAsync(LabTarget lab, HttpContext context, string text)
    {
        await lab.ConnectionOf(context).Transport.Output.WriteAsync(Encoding.ASCII.GetBytes(text));
        await EndAsync(lab, context, reset: false);
    }

    private static async Task EndAsync(LabTarget lab, HttpContext context, bool reset)
    {
        var connection = lab.ConnectionOf(context);
        if (reset)
        {
            connection.Abort();
        }
        else
        {
            await connection.Transport.Output.CompleteAsync();
        }

        // Kestrel must not add an answer of its own behind what was written.
        context.Abort();
    }
}
