using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using PeerProxy.Agent.Forwarding;
using PeerProxy.Agent.Hosting;
using PeerProxy.Agent.NativeClient;
using PeerProxy.Agent.Tunnel;
using PeerProxy.Protocol.Identity;
using PeerProxy.Protocol.Tunnel;
using PeerProxy.Tests.Functional.Signaling;
using PeerProxy.Tests.TestKit.Tunnel;
using PeerProxy.WebRtc.Connection;
using PeerProxy.WebRtc.Hosting;

namespace PeerProxy.Tests.Functional.Agent;

/// <summary>The whole agent, with a real signaling node, the real WebRTC stack on both sides, and a real web server.</summary>
[Trait("Category", "Functional")]
public sealed class AgentHostTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TunnelPair.Deadline;

    private readonly string _folder = Directory.CreateTempSubdirectory("peerproxy-agent-").FullName;
    private readonly byte[] _large = RandomNumberGenerator.GetBytes(3_000_000);
    private KestrelTarget _target = null!;
    private TestNode _node = null!;

    public async ValueTask InitializeAsync()
    {
        _node = await TestNode.StartAsync();
        _target = await KestrelTarget.StartAsync(async context =>
        {
            switch (context.Request.Path)
            {
                case "/large":
                    await context.Response.Body.WriteAsync(_large);
                    break;
                case "/upload":
                    await context.Response.WriteAsync(Convert.ToHexString(await SHA256.HashDataAsync(context.Request.Body)));
                    break;
                case "/login":
                    context.Response.Cookies.Append("sid", context.Request.Query["who"]!, new CookieOptions { HttpOnly = true });
                    break;
                case "/forever":
                    await context.Response.WriteAsync("start");
                    await context.Response.Body.FlushAsync();
                    await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
                    break;
                default:
                    await context.Response.WriteAsync($"{context.Request.Path} {context.Request.Cookies["sid"]} {context.Request.Headers["X-Forwarded-For"]}");
                    break;
            }
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _target.DisposeAsync();
        await _node.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Visitor_RequestsThroughWebRtc_GetTheTarget()
    {
        await using var agent = await StartAgentAsync();
        await using var transport = NewTransport();
        Assert.True(LinkFragment.TryParse(new Uri(agent.Link).Fragment, out var keyHash, out _));
        await using var visitor = await NativeVisitor.ConnectAsync(transport, _node.Url, agent.Id, keyHash).WaitAsync(Deadline);

        Assert.StartsWith("/hello ", await GetAsync(visitor, "/hello?x=1"));
        await using (var download = await visitor.Tunnel.SendAsync(new TunnelRequest { Path = "/large" }).WaitAsync(Deadline))
        {
            Assert.Equal(_large, await ForwardingTests.BytesAsync(download));
        }

        await using (var upload = await visitor.Tunnel.SendAsync(new TunnelRequest { Method = "POST", Path = "/upload", Body = new MemoryStream(_large) }).WaitAsync(Deadline))
        {
            Assert.Equal(Convert.ToHexString(SHA256.HashData(_large)), await ForwardingTests.TextAsync(upload));
        }

        Assert.Equal(1, agent.Status.Visitors);
        Assert.Equal(3, agent.Status.Requests);
    }

    [Fact]
    public async Task Visitor_WrongKeyHash_Refuses()
    {
        await using var agent = await StartAgentAsync();
        await using var transport = NewTransport();
        using var other = AgentKey.Create();
        await Assert.ThrowsAsync<PeerConnectionException>(() => NativeVisitor.ConnectAsync(transport, _node.Url, agent.Id, other.KeyHash).WaitAsync(Deadline));
    }

    [Fact]
    public async Task Session_KeepsItsCookiesOverConnectionsAndRestarts()
    {
        using var alice = AgentKey.Create();
        using var bob = AgentKey.Create();
        await using (var agent = await StartAgentAsync())
        {
            await using (var first = NewTransport())
            await using (var visitor = await NativeVisitor.ConnectAsync(first, _node.Url, agent.Id, session: alice).WaitAsync(Deadline))
            {
                await GetAsync(visitor, "/login?who=alice");
            }

            await using var second = NewTransport();
            await using var other = await NativeVisitor.ConnectAsync(second, _node.Url, agent.Id, session: bob).WaitAsync(Deadline);
            Assert.StartsWith("/x  ", await GetAsync(other, "/x"));
        }

        var file = Assert.Single(Directory.GetFiles(Path.Combine(_folder, "cookies"), "*.json"));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }

        await using var restarted = await StartAgentAsync();
        await using var transport = NewTransport();
        await using var again = await NativeVisitor.ConnectAsync(transport, _node.Url, restarted.Id, session: alice).WaitAsync(Deadline);
        Assert.StartsWith("/x alice ", await GetAsync(again, "/x"));
    }

    [Fact]
    public async Task Stop_SaysGoAwayToVisitors()
    {
        var agent = await StartAgentAsync();
        await using var transport = NewTransport();
        await using var visitor = await NativeVisitor.ConnectAsync(transport, _node.Url, agent.Id).WaitAsync(Deadline);
        await using var response = await visitor.Tunnel.SendAsync(new TunnelRequest { Path = "/forever" }).WaitAsync(Deadline);
        await agent.DisposeAsync();
        var failure = await Assert.ThrowsAsync<TunnelStreamException>(() => ForwardingTests.BytesAsync(response));
        Assert.NotEqual(TunnelErrorCode.NoError, failure.Code);
    }

    [Fact]
    public async Task Violation_EndsOnlyThatVisitor()
    {
        await using var agent = await StartAgentAsync();
        await using var transport = NewTransport();
        await using var good = await NativeVisitor.ConnectAsync(transport, _node.Url, agent.Id).WaitAsync(Deadline);
        await using var otherTransport = NewTransport();
        await using var bad = await NativeVisitor.ConnectAsync(otherTransport, _node.Url, agent.Id).WaitAsync(Deadline);
        await bad.Tunnel.Connection.SendRawForTestAsync(new byte[5]);
        var end = await bad.Tunnel.Connection.Completion.WaitAsync(Deadline);
        Assert.True(end.ByPeer);
        Assert.StartsWith("/still", await GetAsync(good, "/still"));
    }

    /// <summary>One visitor's socket.</summary>
    private static WebRtcTransport NewTransport() => new(new WebRtcTransportOptions { IncludeLoopback = true });

    private static async Task<string> GetAsync(NativeVisitor visitor, string path)
    {
        await using var response = await visitor.Tunnel.SendAsync(new TunnelRequest { Path = path }).WaitAsync(Deadline);
        return await ForwardingTests.TextAsync(response);
    }

    private Task<AgentHost> StartAgentAsync()
    {
        Assert.True(TargetAddress.TryParse(_target.Address.ToString(), out var target, out _));
        return AgentHost.StartAsync(new AgentHostOptions { Target = target, Server = _node.Url, DataFolder = _folder, IncludeLoopback = true }).WaitAsync(Deadline);
    }
}
