using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using PeerProxy.Agent.Tunnel;
using PeerProxy.Protocol.Tunnel;
using PeerProxy.Tests.TestKit.Tunnel;

namespace PeerProxy.Tests.Functional.Agent;

/// <summary>The forwarder against a real web server, over a channel that reorders.</summary>
[Trait("Category", "Functional")]
public sealed class ForwardingTests
{
    private static readonly TimeSpan Deadline = TunnelPair.Deadline;

    [Fact]
    public async Task Get_Simple_ArrivesWithRewrittenFields()
    {
        IHeaderDictionary? seen = null;
        string? target = null;
        await using var server = await KestrelTarget.StartAsync(async context =>
        {
            seen = new HeaderDictionary(context.Request.Headers.ToDictionary(StringComparer.OrdinalIgnoreCase));
            target = context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
            context.Response.Headers.Append("X-Repeated", "1");
            context.Response.Headers.Append("X-Repeated", "2");
            context.Response.Headers["Keep-Alive"] = "timeout=5";
            context.Response.Headers.AltSvc = "h3=\":443\"";
            await context.Response.WriteAsync("hello");
        });
        await using var fixture = new ForwardingFixture(server.Address.ToString());
        await using var response = await fixture.Client.SendAsync(new TunnelRequest
        {
            Path = "/a%2Fb/%7Ec?q=%20|x",
            Authority = "3fdw.peerproxy.dev",
            Scheme = "https",
            Fields =
            [
                new("accept", "*/*"), new("connection", "x-drop"), new("x-drop", "1"), new("x-keep", "caf\u00e9"), new("host", "evil"), new("accept-encoding", "br"),
                new("pp-mode", "cors"), new("pp-destination", "empty"), new("pp-client", "https://3fdw.peerproxy.dev/page"),
                new("pp-referrer", "https://3fdw.peerproxy.dev/page?x#frag"),
            ],
        }).WaitAsync(Deadline);

        Assert.Equal(200, response.Status);
        Assert.Equal("hello", await TextAsync(response));
        Assert.Equal(["1", "2"], response.Fields.Where(field => field.Name == "x-repeated").Select(field => field.Value));
        Assert.Null(response["keep-alive"]);
        Assert.Null(response["alt-svc"]);
        var origin = server.Address.GetLeftPart(UriPartial.Authority);
        Assert.Equal("/a%2Fb/%7Ec?q=%20|x", target);
        Assert.Equal(server.Address.Authority, seen!.Host);
        Assert.Equal(origin + "/page?x", seen.Referer);
        Assert.Equal("gzip, deflate", seen.AcceptEncoding);
        Assert.Equal("same-origin", seen["Sec-Fetch-Site"]);
        Assert.Equal("cors", seen["Sec-Fetch-Mode"]);
        Assert.Equal("192.0.2.7", seen["X-Forwarded-For"]);
        Assert.False(seen.ContainsKey("x-drop"));
        Assert.False(seen.ContainsKey("Origin"));
        Assert.DoesNotContain(seen.Keys, name => name.StartsWith("pp-", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Post_Form_CarriesOriginAndBody()
    {
        await using var server = await KestrelTarget.StartAsync(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            await context.Response.WriteAsync($"{context.Request.Headers.Origin} {context.Request.ContentType} {context.Request.ContentLength} {await reader.ReadToEndAsync()}");
        });
        await using var fixture = new ForwardingFixture(server.Address.ToString());
        var body = "a=1&b=2"u8.ToArray();
        await using var response = await fixture.Client.SendAsync(new TunnelRequest
        {
            Method = "POST",
            Fields = [new("content-type", "application/x-www-form-urlencoded"), new("content-length", "7")],
            Body = new MemoryStream(body),
        }).WaitAsync(Deadline);
        Assert.Equal($"{server.Address.GetLeftPart(UriPartial.Authority)} application/x-www-form-urlencoded 7 a=1&b=2", await TextAsync(response));
    }

    [Theory]
    [InlineData("GET", 204)]
    [InlineData("GET", 304)]
    [InlineData("HEAD", 200)]
    [InlineData("GET", 205)]
    [InlineData("POST", 200)]
    public async Task NoBody_EndsAtOnce(string method, int status)
    {
        await using var server = await KestrelTarget.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            if (method == "HEAD")
            {
                context.Response.ContentLength = 12_345;
            }

            return Task.CompletedTask;
        });
        await using var fixture = new ForwardingFixture(server.Address.ToString());
        await using var response = await fixture.Client.SendAsync(new TunnelRequest { Method = method }).WaitAsync(Deadline);
        Assert.Equal(status, response.Status);
        Assert.Equal("", await TextAsync(response));
        Assert.Equal(method == "HEAD" ? "12345" : response["content-length"], response["content-length"]);
    }

    [Fact]
    public async Task Range_PassesThrough()
    {
        var data = RandomNumberGenerator.GetBytes(100_000);
        await using var server = await KestrelTarget.StartAsync(context =>
            Results.Bytes(data, "audio/mpeg", enableRangeProcessing: true).ExecuteAsync(context));
        await using var fixture = new ForwardingFixture(server.Address.ToString());
        await using var response = await fixture.Client.SendAsync(new TunnelRequest { Fields = [new("range", "bytes=50000-50099")] }).WaitAsync(Deadline);
        Assert.Equal(206, response.Status);
        Assert.Equal("bytes 50000-50099/100000", response["content-range"]);
        Assert.Equal(data[50_000..50_100], await BytesAsync(response));
    }

    [Fact]
    public async Task Download_Large_ArrivesWholeAndStopsWithinOneWindowWhenUnread()
    {
        const int Size = 100 * 1024 * 1024;
        long written = 0;
        await using var server = await KestrelTarget.StartAsync(async context =>
        {
            context.Response.ContentLength = Size;
            var chunk = new byte[64 * 1024];
            for (var i = 0; i < Size / chunk.Length; i++)
            {
                Array.Fill(chunk, (byte)i);
                await context.Response.Body.WriteAsync(chunk);
                Interlocked.Add(ref written, chunk.Length);
            }
        });
        await using var fixture = new ForwardingFixture(server.Address.ToString());
        await using var response = await fixture.Client.SendAsync(new TunnelRequest()).WaitAsync(Deadline);

        // Nobody reads: the visitor holds exactly what the credit allows, and not a byte more ever comes.
        await UntilAsync(() => fixture.Client.Connection.HeldBytes > TunnelSettings.Default.InitialStreamCredit - TunnelLimits.MaxPayloadBytes);
        Assert.InRange(fixture.Client.Connection.HeldBytes, 1, TunnelSettings.Default.InitialStreamCredit);

        var buffer = new byte[300_000];
        long total = 0;
        int count;
        while ((count = await response.Body.ReadAsync(buffer).AsTask().WaitAsync(Deadline)) > 0)
        {
            for (var i = 0; i < count; i += 997)
            {
                Assert.Equal((byte)((total + i) / (64 * 1024)), buffer[i]);
            }

            total += count;
            Assert.InRange(fixture.Client.Connection.HeldBytes, 0, TunnelSettings.Default.InitialConnectionCredit);
        }

        Assert.Equal(Size, total);
    }

    [Fact]
    public async Task Upload_Large_ArrivesWhole()
    {
        const int Size = 20 * 1024 * 1024;
        var data = RandomNumberGenerator.GetBytes(Size);
        await using var server = await KestrelTarget.StartAsync(async context =>
            await context.Response.WriteAsync(Convert.ToHexString(await SHA256.HashDataAsync(context.Request.Body)) + (context.Request.ContentLength?.ToString() ?? "chunked")));
        await using var fixture = new ForwardingFixture(server.Address.ToString());
        foreach (var isLengthKnown in new[] { true, false })
        {
            await using var response = await fixture.Client.SendAsync(new TunnelRequest
            {
                Method = "PUT",
                Fields = isLengthKnown ? [new("content-length", Size.ToString())] : [],
                Body = new MemoryStream(data),
            }).WaitAsync(Deadline);
            Assert.Equal(Convert.ToHexString(SHA256.HashData(data)) + (isLengthKnown ? Size.ToString() : "chunked"), await TextAsync(response));
        }
    }

    [Fact]
    public async Task ServerSentEvents_ArriveAsTheTargetSendsThem()
    {
        var sendNext = new SemaphoreSlim(1);
        await using var server = await KestrelTarget.StartAsync(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            for (var i = 0; i < 3; i++)
            {
                await sendNext.WaitAsync(context.RequestAborted);
                await context.Response.WriteAsync($"data: {i}\n\n");
                await context.Response.Body.FlushAsync();
            }
        });
        await using var fixture = new ForwardingFixture(server.Address.ToString());
        await using var response = await fixture.Client.SendAsync(new TunnelRequest()).WaitAsync(Deadline);
        var buffer = new byte[100];
        for (var i = 0; i < 3; i++)
        {
            // The next event is sent only after this one was read: any buffering would hang here.
            var count = await response.Body.ReadAsync(buffer).AsTask().WaitAsync(Deadline);
            Assert.Equal($"data: {i}\n\n", Encoding.ASCII.GetString(buffer, 0, count));
            sendNext.Release();
        }

        Assert.Equal(0, await response.Body.ReadAsync(buffer).AsTask().WaitAsync(Deadline));
    }

    [Fact]
    public async Task SlowUpload_ReachesTheTargetPieceByPiece()
    {
        var arrived = new SemaphoreSlim(0);
        await using var server = await KestrelTarget.StartAsync(async context =>
        {
            var buffer = new byte[10];
            while (await context.Request.Body.ReadAsync(buffer) > 0)
            {
                arrived.Release();
            }
        });
        await using var fixture = new ForwardingFixture(server.Address.ToString());
        var pipe = new System.IO.Pipelines.Pipe();
        var sending = fixture.Client.SendAsync(new TunnelRequest { Method = "POST", Body = pipe.Reader.AsStream() });
        for (var i = 0; i < 3; i++)
        {
            await pipe.Writer.WriteAsync("x"u8.ToArray());
            Assert.True(await arrived.WaitAsync(Deadline));
        }

        await pipe.Writer.CompleteAsync();
        await using var response = await sending.WaitAsync(Deadline);
        Assert.Equal(200, response.Status);
    }

    [Fact]
    public async Task Abort_BeforeAndDuringTheResponse_ReachesTheTarget()
    {
        var aborted = new SemaphoreSlim(0);
        var started = new SemaphoreSlim(0);
        await using var server = await KestrelTarget.StartAsync(async context =>
        {
            context.RequestAborted.Register(() => aborted.Release());
            if (context.Request.Path == "/body")
            {
                await context.Response.WriteAsync("some");
                await context.Response.Body.FlushAsync();
            }

            started.Release();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        await using var fixture = new ForwardingFixture(server.Address.ToString());

        using var cancel = new CancellationTokenSource();
        var pending = fixture.Client.SendAsync(new TunnelRequest { Path = "/head" }, cancel.Token);
        Assert.True(await started.WaitAsync(Deadline));
        await cancel.CancelAsync();
        await Assert.ThrowsAsync<TunnelStreamException>(() => pending.WaitAsync(Deadline));
        Assert.True(await aborted.WaitAsync(Deadline));

        var response = await fixture.Client.SendAsync(new TunnelRequest { Path = "/body" }).WaitAsync(Deadline);
        Assert.True(await started.WaitAsync(Deadline));
        await response.DisposeAsync();
        Assert.True(await aborted.WaitAsync(Deadline));
        await UntilAsync(() => fixture.Pair.Agent.OpenStreams == 0);
    }

    [Theory]
    [InlineData("/waits")]
    [InlineData("/never-ends")]
    public async Task Abort_OfARead_EndsItAndReachesTheTarget(string path)
    {
        var aborted = new SemaphoreSlim(0);
        await using var server = await KestrelTarget.StartAsync(async context =>
        {
            context.RequestAborted.Register(() => aborted.Release());
            do
            {
                await context.Response.Body.WriteAsync(new byte[1000]);
                await context.Response.Body.FlushAsync();
            }
            while (path == "/never-ends" && !context.RequestAborted.IsCancellationRequested);

            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        await using var fixture = new ForwardingFixture(server.Address.ToString());
        await using var response = await fixture.Client.SendAsync(new TunnelRequest { Path = path }).WaitAsync(Deadline);

        using var cancel = new CancellationTokenSource();
        var received = 0L;
        var reading = Task.Run(async () =>
        {
            var buffer = new byte[100];
            while (true)
            {
                Interlocked.Add(ref received, await response.Body.ReadAsync(buffer, cancel.Token));
            }
        });
        await UntilAsync(() => Interlocked.Read(ref received) >= 1000);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(Deadline));
        Assert.True(await aborted.WaitAsync(Deadline));
        await UntilAsync(() => fixture.Pair.Agent.OpenStreams == 0);
    }

    [Fact]
    public async Task Concurrent_200Mixed_AreNotMixedUp()
    {
        await using var server = await KestrelTarget.StartAsync(async context =>
        {
            var number = int.Parse(context.Request.Path.Value![1..]);
            if (context.Request.Method == "POST")
            {
                await context.Request.Body.CopyToAsync(context.Response.Body);
                return;
            }

            var bytes = new byte[number * 700];
            Array.Fill(bytes, (byte)number);
            await context.Response.Body.WriteAsync(bytes);
        });
        await using var fixture = new ForwardingFixture(server.Address.ToString(), seed: 77);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(async number =>
        {
            var expected = new byte[number * 700];
            Array.Fill(expected, (byte)number);
            await using var response = await fixture.Client.SendAsync(new TunnelRequest
            {
                Method = number % 3 == 0 ? "POST" : "GET",
                Path = "/" + number,
                Body = number % 3 == 0 ? new MemoryStream(expected) : null,
            });
            Assert.Equal(expected, await BytesAsync(response));
        })).WaitAsync(Deadline);
        await UntilAsync(() => fixture.Pair.Agent.OpenStreams == 0);
        Assert.Equal(0, fixture.Client.Connection.HeldBytes);
        Assert.Equal(0, fixture.Pair.Agent.HeldBytes);
    }

    [Fact]
    public async Task Cookies_LogIn_StayAtTheAgent()
    {
        await using var server = await KestrelTarget.StartAsync(async context =>
        {
            if (context.Request.Path == "/login")
            {
                context.Response.Headers.Append("Set-Cookie", "sid=secret; HttpOnly; Secure; SameSite=Lax; Path=/");
                context.Response.Headers.Append("Set-Cookie", "theme=dark; Path=/; Domain=127.0.0.1");
                context.Response.Redirect($"http://localhost:{context.Request.Host.Port}/home?x=1");
                return;
            }

            await context.Response.WriteAsync(context.Request.Headers.Cookie.ToString());
        });
        await using var fixture = new ForwardingFixture(server.Address.ToString());
        await using (var login = await fixture.Client.SendAsync(new TunnelRequest { Path = "/login", Authority = "3fdw.localhost:8080" }).WaitAsync(Deadline))
        {
            Assert.Equal(302, login.Status);
            Assert.Equal("http://3fdw.localhost:8080/home?x=1", login["location"]);
            Assert.Null(login["set-cookie"]);
            Assert.Equal(["sid=; Path=/; Secure; SameSite=Lax; HttpOnly", "theme=dark; Path=/"], login.Fields.Where(field => field.Name == "pp-cookie").Select(field => field.Value));
        }

        await using var home = await fixture.Client.SendAsync(new TunnelRequest
        {
            Path = "/home",
            Authority = "3fdw.localhost:8080",
            Fields = [new("cookie", "sid=forged"), new("pp-document-cookie", "lang=de; path=/"), new("pp-document-cookie", "sid=stolen; path=/")],
        }).WaitAsync(Deadline);
        Assert.Equal("sid=secret; theme=dark; lang=de", await TextAsync(home));
    }

    [Fact]
    public async Task Trailers_ArriveAfterTheBody()
    {
        await using var server = new RawTarget(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.WriteAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n4\r\nbody\r\n0\r\nX-Sum: 42\r\n\r\n");
        });
        await using var fixture = new ForwardingFixture(server.Address);
        await using var response = await fixture.Client.SendAsync(new TunnelRequest()).WaitAsync(Deadline);
        Assert.Equal("body", await TextAsync(response));
        Assert.Equal([new Field("x-sum", "42")], response.Body.Trailers);
    }

    [Fact]
    public async Task UnixSocket_IsATarget()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("peerproxy-unix-").FullName, "app.sock");
        await using var server = await KestrelTarget.StartAsync(context => context.Response.WriteAsync("over " + context.Request.Host), path);
        await using var fixture = new ForwardingFixture("unix:" + path);
        await using var response = await fixture.Client.SendAsync(new TunnelRequest()).WaitAsync(Deadline);
        Assert.Equal("over localhost", await TextAsync(response));
    }

    [Fact]
    public async Task SelfSigned_NeedsInsecure()
    {
        await using var server = await KestrelTarget.StartAsync(context => context.Response.WriteAsync(context.Request.Scheme), isHttps: true);
        await using (var strict = new ForwardingFixture(server.Address.ToString()))
        {
            await using var refused = await strict.Client.SendAsync(new TunnelRequest()).WaitAsync(Deadline);
            Assert.Equal("target-tls", refused["pp-error"]);
            Assert.Contains("--insecure", await TextAsync(refused));
        }

        await using var fixture = new ForwardingFixture(server.Address.ToString(), acceptAnyCertificate: true);
        await using var response = await fixture.Client.SendAsync(new TunnelRequest()).WaitAsync(Deadline);
        Assert.Equal("https", await TextAsync(response));
    }

    internal static async Task<string> TextAsync(TunnelResponse response) => Encoding.UTF8.GetString(await BytesAsync(response));

    internal static async Task<byte[]> BytesAsync(TunnelResponse response)
    {
        using var copy = new MemoryStream();
        await response.Body.CopyToAsync(copy).WaitAsync(Deadline);
        return copy.ToArray();
    }

    /// <summary>Polls for a state that nothing signals.</summary>
    internal static async Task UntilAsync(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        while (!condition())
        {
            await Task.Delay(10, deadline.Token);
        }
    }
}
