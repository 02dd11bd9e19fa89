using System.Text;
using PeerProxy.Agent.Tunnel;
using PeerProxy.Tests.TestKit.Tunnel;

namespace PeerProxy.Tests.Functional.Agent;

/// <summary>Targets that send what no server should: each request ends with an answer or an error, and the agent serves the next one.</summary>
[Trait("Category", "Functional")]
public sealed class HostileTargetTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\n";

    private static readonly TimeSpan Deadline = TunnelPair.Deadline;

    /// <summary>Long enough for a loaded machine, short enough to wait for.</summary>
    private static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Name, what the target sends, and how that may end: a status, or a code of the tunnel.</summary>
    public static TheoryData<string, string, string> Answers { get; } = new()
    {
        // A connection that ends without a byte is tried once more, as browsers do.
        { "nothing", "", "200 502" },
        { "binary", "\x16\x03\x01\x00\xff\x00\x00\r\n\r\n", "502" },
        { "HTTP/0.9", "<h1>no head</h1>", "502" },
        { "no status", "HTTP/1.1\r\n\r\n", "502" },
        { "status of letters", "HTTP/1.1 abc OK\r\n\r\n", "502" },
        { "status of two digits", "HTTP/1.1 20 OK\r\n\r\n", "502" },
        { "status of four digits", "HTTP/1.1 2000 OK\r\n\r\n", "502" },
        { "HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "502" },
        { "field without colon", Ok + "no colon here\r\n\r\nx", "502" },
        { "field without name", Ok + ": value\r\n\r\nx", "502" },
        { "name with a space", Ok + "a b: value\r\nContent-Length: 0\r\n\r\n", "200 502" },
        { "control characters in a value", Ok + "X-A: a\x01\x7f" + "b\r\nContent-Length: 2\r\n\r\nok", "200 502" },
        { "two lengths", Ok + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nabc", "200 502 TargetLost" },
        { "negative length", Ok + "Content-Length: -5\r\n\r\nabc", "200" },
        { "length of letters", Ok + "Content-Length: many\r\n\r\nabc", "200" },
        { "length beyond 64 bits", Ok + "Content-Length: 99999999999999999999999\r\n\r\nabc", "200" },
        { "length too long", Ok + "Content-Length: 10\r\n\r\nabc", "TargetLost" },
        { "length too short", Ok + "Content-Length: 2\r\n\r\nabcdef", "200" },
        { "length and chunks", Ok + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", "200" },
        { "chunk size of letters", Ok + "Transfer-Encoding: chunked\r\n\r\nxyz\r\nab\r\n0\r\n\r\n", "TargetLost" },
        { "chunk size beyond 64 bits", Ok + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nab", "TargetLost" },
        { "chunk without its end", Ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nabcd\r\n0\r\n\r\n", "TargetLost" },
        { "chunks without the last", Ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", "TargetLost" },
        { "chunk extensions", Ok + "Transfer-Encoding: chunked\r\n\r\n2;a=b;c\r\nab\r\n0\r\n\r\n", "200" },
        { "trailers", Ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nX-Sum: 1\r\nbad trailer\r\n\r\n", "200 TargetLost" },
        { "early hints", "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n" + Ok + "Content-Length: 2\r\n\r\nok", "200" },
        { "many 1xx", string.Concat(Enumerable.Repeat("HTTP/1.1 102 Processing\r\n\r\n", 50)) + Ok + "Content-Length: 2\r\n\r\nok", "200" },
        { "switching without being asked", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nrest", "101 200 502 TargetLost" },
        { "204 with a body", "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok", "204" },
        { "folded field", Ok + "X-Folded: a\r\n b\r\nContent-Length: 2\r\n\r\nok", "200" },
        { "field of 100 KB", Ok + "X-Long: " + new string('a', 100_000) + "\r\nContent-Length: 2\r\n\r\nok", "200 502" },
        { "field of 1 MB", Ok + "X-Long: " + new string('a', 1_000_000) + "\r\nContent-Length: 2\r\n\r\nok", "502" },
        { "2000 fields", Ok + string.Concat(Enumerable.Range(0, 2000).Select(i => $"X-{i}: {i}\r\n")) + "Content-Length: 2\r\n\r\nok", "200 502" },
        { "Latin-1 and broken UTF-8", Ok + "X-Name: caf\xe9 \xff\xc3\r\nContent-Length: 2\r\n\r\nok", "200" },
        { "bare line feeds", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", "200" },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Answer_Bad_EndsTheRequestAndNotTheAgent(string name, string answer, string endings)
    {
        var connections = 0;
        await using var target = new RawTarget(async connection =>
        {
            // The second connection is answered properly: what the first one did must not matter.
            var isFirst = Interlocked.Increment(ref connections) == 1;
            await connection.ReadHeadAsync();
            await connection.WriteAsync(isFirst ? answer : Ok + "Content-Length: 4\r\nConnection: close\r\n\r\nnext");
        });
        await using var fixture = new ForwardingFixture(target.Address, responseTimeout: ResponseTimeout);

        var ending = await EndingAsync(fixture);

        Assert.True(endings.Split(' ').Contains(ending), $"{name}: ended with {ending}, expected {endings}");
        Assert.Equal("200", await EndingAsync(fixture));
        await ForwardingTests.UntilAsync(() => fixture.Pair.Agent.OpenStreams == 0);
    }

    /// <summary>Heads without end: refused at a limit, not collected for ever.</summary>
    [Theory]
    [InlineData("X-Endless: more\r\n", true)]
    [InlineData("a", false)]
    public async Task Head_Endless_IsRefusedAtTheLimit(string more, bool isFields)
    {
        var block = string.Concat(Enumerable.Repeat(more, 16_384 / more.Length));
        long sent = 0;
        await using var target = new RawTarget(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.WriteAsync(isFields ? Ok : Ok + "X-Endless: ");
            while (true)
            {
                await connection.WriteAsync(block);
                Interlocked.Add(ref sent, block.Length);
            }
        });
        await using var fixture = new ForwardingFixture(target.Address);

        Assert.Equal("502", await EndingAsync(fixture));
        Assert.InRange(Interlocked.Read(ref sent), 1, 64L << 20);
    }

    /// <summary>A head that comes one byte at a time never ends on its own.</summary>
    [Fact]
    public async Task Head_OneByteAtATime_IsGivenUpInTime()
    {
        await using var target = new RawTarget(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.WriteAsync(Ok + "X-Slow: ");
            while (true)
            {
                await connection.WriteAsync("a");
                await Task.Delay(50, connection.Stopped);
            }
        });
        await using var fixture = new ForwardingFixture(target.Address, responseTimeout: TimeSpan.FromMilliseconds(500));

        Assert.Equal("504", await EndingAsync(fixture));
    }

    /// <summary>1xx responses without end are no answer.</summary>
    [Fact]
    public async Task Informational_Endless_IsGivenUp()
    {
        await using var target = new RawTarget(async connection =>
        {
            await connection.ReadHeadAsync();
            while (true)
            {
                await connection.WriteAsync("HTTP/1.1 102 Processing\r\n\r\n");
            }
        });
        await using var fixture = new ForwardingFixture(target.Address, responseTimeout: TimeSpan.FromMilliseconds(500));

        Assert.Contains(await EndingAsync(fixture), new[] { "502", "504" });
    }

    /// <summary>A reset in each phase of an exchange that also carries a body to the target; it may take what was sent before it along.</summary>
    [Theory]
    [InlineData("at once", "502 TargetLost")]
    [InlineData("after the request's head", "502 TargetLost")]
    [InlineData("in the request's body", "502 TargetLost")]
    [InlineData("in the status line", "502 TargetLost")]
    [InlineData("in the fields", "502 TargetLost")]
    [InlineData("before the body", "502 TargetLost")]
    [InlineData("in the body", "502 TargetLost")]
    [InlineData("in a chunk size", "502 TargetLost")]
    public async Task Reset_InAnyPhase_IsAnError(string phase, string endings)
    {
        await using var target = new RawTarget(async connection =>
        {
            if (phase != "at once")
            {
                await connection.ReadHeadAsync();
                if (phase != "after the request's head")
                {
                    await connection.ReadAsync(new byte[1000]);
                }
            }

            await connection.WriteAsync(phase switch
            {
                "in the status line" => "HTTP/1.1 2",
                "in the fields" => Ok + "Content-Le",
                "before the body" => Ok + "Content-Length: 100\r\n\r\n",
                "in the body" => Ok + "Content-Length: 100\r\n\r\nabc",
                "in a chunk size" => Ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1",
                _ => "",
            });
            connection.Reset();
        });
        await using var fixture = new ForwardingFixture(target.Address, responseTimeout: ResponseTimeout);

        var ending = await EndingAsync(fixture, new byte[100_000]);

        Assert.True(endings.Split(' ').Contains(ending), $"reset {phase}: ended with {ending}, expected {endings}");
        await ForwardingTests.UntilAsync(() => fixture.Pair.Agent.OpenStreams == 0);
    }

    /// <summary>Random bytes behind a valid beginning, with the seed in the message.</summary>
    [Fact]
    public async Task Answer_Mutated_NeverHangsTheAgent()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var valid = Encoding.Latin1.GetBytes(Ok + "Content-Type: text/plain\r\nSet-Cookie: a=b\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n");
        var answer = valid;
        await using var target = new RawTarget(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.WriteAsync(answer);
        });
        await using var fixture = new ForwardingFixture(target.Address, responseTimeout: ResponseTimeout);
        for (var round = 0; round < 150; round++)
        {
            answer = (byte[])valid.Clone();
            for (var change = random.Next(1, 4); change > 0; change--)
            {
                answer[random.Next(answer.Length)] = (byte)random.Next(256);
            }

            var tried = answer;
            try
            {
                await EndingAsync(fixture);
            }
            catch (TimeoutException)
            {
                Assert.Fail($"Seed {seed}, round {round}: no end after {Encoding.Latin1.GetString(tried)}");
            }
        }

        answer = valid;
        Assert.Equal("200", await EndingAsync(fixture));
    }

    /// <summary>The status of a response that arrives whole, else the code with which it breaks off.</summary>
    private static async Task<string> EndingAsync(ForwardingFixture fixture, byte[]? upload = null)
    {
        try
        {
            await using var response = await fixture.Client.SendAsync(
                upload is null ? new TunnelRequest() : new TunnelRequest { Method = "POST", Body = new MemoryStream(upload) }).WaitAsync(Deadline);
            await ForwardingTests.BytesAsync(response);
            return $"{response.Status}";
        }
        catch (TunnelStreamException failure)
        {
            return $"{failure.Code}";
        }
    }
}
