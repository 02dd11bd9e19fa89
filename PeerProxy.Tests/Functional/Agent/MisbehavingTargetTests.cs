using System.Net;
using System.Net.Sockets;
using PeerProxy.Agent.Tunnel;
using PeerProxy.Protocol.Tunnel;
using PeerProxy.Tests.TestKit.Tunnel;

namespace PeerProxy.Tests.Functional.Agent;

/// <summary>Targets that break off, lie, or are not there: the visitor always learns, and never gets a short body.</summary>
[Trait("Category", "Functional")]
public sealed class MisbehavingTargetTests
{
    private static readonly TimeSpan Deadline = TunnelPair.Deadline;

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort", false)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort", true)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n", false)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\nzz\r\n", false)]
    public async Task Body_BrokenOff_IsTargetLost(string response, bool reset)
    {
        await using var target = new RawTarget(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.WriteAsync(response);
            if (reset)
            {
                connection.Reset();
            }
        });
        await using var fixture = new ForwardingFixture(target.Address);
        var failure = await Assert.ThrowsAsync<TunnelStreamException>(async () =>
        {
            await using var got = await fixture.Client.SendAsync(new TunnelRequest()).WaitAsync(Deadline);
            await ForwardingTests.BytesAsync(got);
        });
        Assert.Equal(TunnelErrorCode.TargetLost, failure.Code);
    }

    [Fact]
    public async Task Body_UntilClose_IsComplete()
    {
        await using var target = new RawTarget(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.WriteAsync("HTTP/1.0 200 OK\r\n\r\nall of it");
        });
        await using var fixture = new ForwardingFixture(target.Address);
        await using var response = await fixture.Client.SendAsync(new TunnelRequest()).WaitAsync(Deadline);
        Assert.Equal("all of it", await ForwardingTests.TextAsync(response));
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 2")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    public async Task Head_NotHttp_IsAnErrorPage(string response)
    {
        await using var target = new RawTarget(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.WriteAsync(response);
        });
        await using var fixture = new ForwardingFixture(target.Address);
        await AssertErrorAsync(fixture, 502, "target-protocol");
    }

    [Fact]
    public async Task Head_Never_IsTargetTimeout()
    {
        await using var target = new RawTarget(connection => connection.ReadToEndAsync());
        await using var fixture = new ForwardingFixture(target.Address, responseTimeout: TimeSpan.FromMilliseconds(300));
        await AssertErrorAsync(fixture, 504, "target-timeout");
    }

    [Fact]
    public async Task Port_Closed_IsTargetRefused()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        await using var fixture = new ForwardingFixture($"127.0.0.1:{port}");
        await AssertErrorAsync(fixture, 502, "target-refused");
    }

    [Fact]
    public async Task Name_Unknown_IsTargetUnresolved()
    {
        await using var fixture = new ForwardingFixture("no-such-host.invalid:80");
        await AssertErrorAsync(fixture, 502, "target-unresolved");
    }

    [Fact]
    public async Task Https_AtAnHttpPort_IsTargetTls()
    {
        await using var target = new RawTarget(async connection =>
        {
            await connection.ReadAsync(new byte[100]);
            await connection.WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n");
        });
        await using var fixture = new ForwardingFixture("https://" + target.Address);
        await AssertErrorAsync(fixture, 502, "target-tls");
    }

    [Fact]
    public async Task EarlyResponse_StopsTheUploadAndKeepsTheResponse()
    {
        await using var target = new RawTarget(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.WriteAsync("HTTP/1.1 413 Content Too Large\r\nContent-Length: 7\r\n\r\ntoo big");
            await connection.ReadToEndAsync();
        });
        await using var fixture = new ForwardingFixture(target.Address);
        await using var response = await fixture.Client.SendAsync(new TunnelRequest
        {
            Method = "POST",
            Fields = [new("content-length", (1L << 40).ToString())],
            Body = new EndlessStream(),
        }).WaitAsync(Deadline);
        Assert.Equal(413, response.Status);
        Assert.Equal("too big", await ForwardingTests.TextAsync(response));
        await ForwardingTests.UntilAsync(() => fixture.Pair.Agent.OpenStreams == 0 && fixture.Client.Connection.OpenStreams == 0);
    }

    [Fact]
    public async Task Upload_ShorterThanAnnounced_IsIncomplete()
    {
        await using var target = new RawTarget(connection => connection.ReadToEndAsync());
        await using var fixture = new ForwardingFixture(target.Address);
        var failure = await Assert.ThrowsAsync<TunnelStreamException>(() => fixture.Client.SendAsync(new TunnelRequest
        {
            Method = "POST",
            Fields = [new("content-length", "10")],
            Body = new MemoryStream(new byte[5]),
        }).WaitAsync(Deadline));
        Assert.Equal(TunnelErrorCode.Incomplete, failure.Code);
    }

    [Fact]
    public async Task UploadAndDownload_SlowTarget_StaysWithinCredit()
    {
        var mayRead = new TaskCompletionSource();
        await using var target = new RawTarget(async connection =>
        {
            await connection.ReadHeadAsync();
            await mayRead.Task;
            await connection.ReadToEndAsync();
        });
        await using var fixture = new ForwardingFixture(target.Address);
        var body = new EndlessStream();
        var sending = fixture.Client.SendAsync(new TunnelRequest { Method = "POST", Body = body });

        // The target reads nothing: the agent fills the sockets' buffers, then its window, then the visitor stops reading its source.
        await ForwardingTests.UntilAsync(() => fixture.Pair.Agent.HeldBytes > (TunnelSettings.Default.InitialStreamCredit / 2) - (2 * TunnelLimits.MaxPayloadBytes));
        Assert.InRange(fixture.Pair.Agent.HeldBytes, 0, TunnelSettings.Default.InitialStreamCredit);
        await fixture.Client.DisposeAsync();
        await Assert.ThrowsAsync<TunnelStreamException>(() => sending.WaitAsync(Deadline));
        mayRead.SetResult();
    }

    private static async Task AssertErrorAsync(ForwardingFixture fixture, int status, string code)
    {
        await using var response = await fixture.Client.SendAsync(new TunnelRequest()).WaitAsync(Deadline);
        Assert.Equal(status, response.Status);
        Assert.Equal(code, response["pp-error"]);
        Assert.NotEqual("", await ForwardingTests.TextAsync(response));
    }

    /// <summary>A body without end.</summary>
    private sealed class EndlessStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(buffer.Length);
    }
}
