using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.Suite;
using PeerProxy.Tests.TestKit.Tunnel;

namespace PeerProxy.Tests.EndToEnd.Compatibility;

/// <summary>Targets of every kind show their pages: by host name, over IPv6, with a self-signed certificate, behind a Unix socket. What each sees as Host and Origin is its own.</summary>
[Collection(CompatibilityCollection.Name)]
[Trait("Category", "EndToEnd")]
public sealed class TargetTests(CompatibilityFixture fixture)
{
    public static TheoryData<string, string> Kinds { get; } = new()
    {
        { BrowserInstallation.Chromium, "https" },
        { BrowserInstallation.Chromium, "name" },
        { BrowserInstallation.Chromium, "ipv6" },
        { BrowserInstallation.Chromium, "unix" },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Target_OfThisKind_ShowsItsPage(string browser, string kind)
    {
        Assert.SkipWhen(kind == "ipv6" && !Socket.OSSupportsIPv6, "This machine has no IPv6.");
        var folder = Directory.CreateTempSubdirectory("peerproxy-target-");
        var socket = kind == "unix" ? Path.Combine(folder.FullName, "web.sock") : null;
        await using var target = await KestrelTarget.StartAsync(AnswerAsync, socket, isHttps: kind == "https", kind == "ipv6" ? System.Net.IPAddress.IPv6Loopback : null);
        var port = socket is null ? target.Address.Port : 0;
        var typed = kind switch
        {
            "https" => $"https://127.0.0.1:{port}",
            "name" => $"localhost:{port}",
            "ipv6" => $"http://[::1]:{port}",
            _ => $"unix:{socket}",
        };
        await using var agent = await ExtraAgent.StartAsync(fixture.Suite, typed, acceptAnyCertificate: kind == "https");
        await using var tab = new SiteTab(await fixture.NewPageAsync(browser), Route.Proxied, agent.Link);

        await tab.OpenAsync("/page");

        var origin = kind switch { "https" => $"https://127.0.0.1:{port}", "name" => $"http://localhost:{port}", "ipv6" => $"http://[::1]:{port}", _ => "http://localhost" };
        Assert.Equal($"{new Uri(origin).Authority} ", await tab.TextAsync("return document.getElementById('seen').textContent"));
        Assert.Equal($"{new Uri(origin).Authority} {origin}", await tab.TextAsync("return /id=seen>([^<]*)/.exec(await (await fetch('/page', { method: 'POST' })).text())[1]"));
        Assert.Equal("echoed", await tab.TextAsync("const socket = new WebSocket('/socket'); socket.onopen = () => socket.send('echoed'); return new Promise((resolve) => { socket.onmessage = (event) => resolve(event.data); })"));
        folder.Delete(recursive: true);
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        if (context.WebSockets.IsWebSocketRequest)
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            var buffer = new byte[1024];
            var received = await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted);
            await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, true, context.RequestAborted);
            await socket.CloseAsync(System.Net.WebSockets.WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
            return;
        }

        context.Response.ContentType = "text/html; charset=utf-8";
        await context.Response.WriteAsync($"<!doctype html><title>Target</title><p id=seen>{context.Request.Host} {context.Request.Headers.Origin}</p>");
    }
}
