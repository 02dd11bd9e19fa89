using PeerProxy.Agent.Tunnel;
using PeerProxy.Protocol.Tunnel;
using PeerProxy.Tests.TestKit.Tunnel;
using PeerProxy.WebRtc.Connection;

namespace PeerProxy.Tests.Unit.Tunnel;

/// <summary>The agent's side against a visitor whose every frame the test writes.</summary>
public sealed class TunnelConnectionTests
{
    private static readonly TimeSpan Deadline = TunnelPair.Deadline;

    private static readonly byte[] Head = Convert.FromHexString("0000d1c1");

    public static TheoryData<string, TunnelErrorCode> Violations => new()
    {
        { "short", TunnelErrorCode.Protocol },
        { "length", TunnelErrorCode.Protocol },
        { "body-first", TunnelErrorCode.Protocol },
        { "two-heads", TunnelErrorCode.Protocol },
        { "repeated-sequence", TunnelErrorCode.Protocol },
        { "far-stream", TunnelErrorCode.Protocol },
        { "far-sequence", TunnelErrorCode.Protocol },
        { "trailers-then-body", TunnelErrorCode.Protocol },
        { "unknown-type", TunnelErrorCode.Protocol },
        { "version-0", TunnelErrorCode.Version },
        { "stream-credit", TunnelErrorCode.FlowControl },
        { "connection-credit", TunnelErrorCode.FlowControl },
        { "pending-heads", TunnelErrorCode.TooLarge },
    };

    [Theory]
    [MemberData(nameof(Violations))]
    public async Task Violation_EndsTheConnectionWithItsCode(string violation, TunnelErrorCode code)
    {
        await using var peer = new RawVisitor();
        switch (violation)
        {
            case "short":
                await peer.SendAsync(new byte[11]);
                break;
            case "length":
                await peer.SendAsync([.. RawVisitor.Frame(FrameType.Body, 1, 0, new byte[4]), 0]);
                break;
            case "body-first":
                await peer.SendAsync(FrameType.Body, 1, 0, new byte[4]);
                break;
            case "two-heads":
                await peer.SendAsync(FrameType.Headers, 1, 0, Head);
                await peer.SendAsync(FrameType.Headers, 1, 1, Head);
                break;
            case "repeated-sequence":
                await peer.SendAsync(FrameType.Headers, 1, 0, Head);
                await peer.SendAsync(FrameType.Body, 1, 0, []);
                break;
            case "far-stream":
                await peer.SendAsync(FrameType.Headers, 65_538, 0, Head);
                break;
            case "far-sequence":
                await peer.SendAsync(FrameType.Body, 1, 65_537, []);
                break;
            case "trailers-then-body":
                await peer.SendAsync(FrameType.Headers, 1, 0, Head);
                await peer.SendAsync(FrameType.Trailers, 1, 1, [0, 0]);
                await peer.SendAsync(FrameType.Body, 1, 2, []);
                break;
            case "unknown-type":
                await peer.SendAsync((FrameType)0x4200, 1, 0, []);
                break;
            case "version-0":
                await peer.SendAsync(FrameType.Settings, 0, 0, [0, 1, 0, 0, 0, 0]);
                break;
            case "stream-credit":
                for (uint i = 1; i <= 17; i++)
                {
                    await peer.SendAsync(FrameType.Body, 1, i, new byte[65_000]);
                }

                break;
            case "connection-credit":
                for (uint i = 0; i < 140; i++)
                {
                    await peer.SendAsync(FrameType.Body, 1 + (i / 10), 1 + (i % 10), new byte[65_000]);
                }

                break;
            case "pending-heads":
                for (uint i = 0; i < 70; i++)
                {
                    await peer.SendAsync(FrameType.Headers, 1 + i, 1, new byte[65_000]);
                }

                break;
        }

        var end = await peer.Agent.Completion.WaitAsync(Deadline);
        Assert.Equal(code, end.Code);
        Assert.False(end.ByPeer);
        var goAway = await peer.ExpectAsync(FrameType.GoAway);
        Assert.True(GoAwayFrame.TryRead(goAway.Payload, out var frame, out _));
        Assert.Equal(code, frame.Code);
        Assert.Equal(0, peer.Agent.OpenStreams);
    }

    [Fact]
    public async Task Ignorable_UnknownType_ChangesNothing()
    {
        await using var peer = new RawVisitor();
        await peer.SendAsync((FrameType)0x4200, 1, 0, [1], FrameFlags.Ignorable);
        await peer.PingAsync();
        Assert.Equal(0, peer.Agent.OpenStreams);
    }

    [Fact]
    public async Task Reset_OvertakingItsHead_StartsNothing()
    {
        await using var peer = new RawVisitor();
        await peer.SendAsync(FrameType.Reset, 1, 0, [0, 0, 0, 4]);
        await peer.SendAsync(FrameType.Headers, 1, 0, Head);
        await peer.SendAsync(FrameType.Body, 1, 1, new byte[60_000]);
        await peer.SendAsync(FrameType.Headers, 2, 0, Head, FrameFlags.Final);
        var opened = await peer.OpenedAsync();
        Assert.Equal(2u, opened.Id);

        // Bytes of the closed stream were received and consumed: nothing of the connection's credit leaks.
        Assert.Equal(0, peer.Agent.HeldBytes);
    }

    [Fact]
    public async Task Streams_AboveTheLimit_AreRefused()
    {
        await using var peer = new RawVisitor();
        for (uint i = 1; i <= 257; i++)
        {
            await peer.SendAsync(FrameType.Headers, i, 0, Head);
        }

        var (header, payload) = await peer.ExpectAsync(FrameType.Reset);
        Assert.Equal(257u, header.StreamId);
        Assert.True(ResetFrame.TryRead(payload, out var reset, out _));
        Assert.Equal(TunnelErrorCode.Refused, reset.Code);
        Assert.Equal(256, peer.Agent.OpenStreams);
    }

    [Fact]
    public async Task Unread_TinyFrames_ResetTheStreamOnly()
    {
        await using var peer = new RawVisitor();
        await peer.SendAsync(FrameType.WebSocketOpen, 1, 0, Head);
        await peer.SendAsync(FrameType.Headers, 2, 0, Head);
        for (uint i = 1; i <= TunnelLimits.MaxHeldFrames + 1; i++)
        {
            await peer.SendAsync(FrameType.WebSocketText, 1, i, []);
        }

        var (header, payload) = await peer.ExpectAsync(FrameType.Reset);
        Assert.Equal(1u, header.StreamId);
        Assert.True(ResetFrame.TryRead(payload, out var reset, out _));
        Assert.Equal(TunnelErrorCode.TooLarge, reset.Code);
        Assert.Equal(1, peer.Agent.OpenStreams);
    }

    [Fact]
    public async Task Urgency_MoreUrgentStreamsGoFirst_EqualOnesInTurn()
    {
        var (control, otherControl) = MemoryDataChannel.CreatePair("control");
        var (streams, otherStreams) = MemoryDataChannel.CreatePair("streams");
        await using var connection = new TunnelConnection(control, streams, TunnelRole.Visitor, new TunnelConnectionOptions());
        foreach (var urgency in new[] { 5, 3, 3 })
        {
            var stream = await connection.OpenStreamAsync();
            stream.Urgency = urgency;
            for (var i = 0; i < 4; i++)
            {
                await stream.SendBodyAsync(new byte[100]);
            }
        }

        // Everything is queued before the writer starts, so the order is the scheduler's alone.
        connection.Start();
        var order = new List<uint>();
        while (order.Count < 12)
        {
            using var message = await otherStreams.ReceiveAsync().AsTask().WaitAsync(Deadline);
            FrameHeader.TryRead(message!.Data.Span, out var header, out _);
            order.Add(header.StreamId);
        }

        Assert.Equal([2u, 3u, 2u, 3u, 2u, 3u, 2u, 3u, 1u, 1u, 1u, 1u], order);
        await otherControl.CloseAsync();
        await otherStreams.CloseAsync();
    }

    [Fact]
    public async Task Heartbeat_IsAnswered()
    {
        await using var peer = new RawVisitor();
        await peer.SendAsync(FrameType.Heartbeat, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]);
        var (header, payload) = await peer.ExpectAsync(FrameType.Heartbeat);
        Assert.True(header.IsFinal);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], payload);
    }

    [Fact]
    public async Task Silence_IsAskedAboutThenTakenAsLost()
    {
        var clock = new ManualTimeProvider();
        await using var peer = new RawVisitor(clock);
        await peer.ExpectAsync(FrameType.Settings);
        clock.Advance(TimeSpan.FromSeconds(11));
        await peer.ExpectAsync(FrameType.Heartbeat);
        Assert.False(peer.Agent.Completion.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(TunnelErrorCode.Timeout, (await peer.Agent.Completion.WaitAsync(Deadline)).Code);
    }

    [Fact]
    public async Task Window_UsedUpInNoTime_IsAsWideAsWindowsGet()
    {
        var clock = new ManualTimeProvider();
        await using var peer = new RawVisitor(clock, roundTrip: TimeSpan.FromMilliseconds(100));
        await peer.SendAsync(FrameType.Headers, 1, 0, Head);
        var stream = await peer.OpenedAsync();
        (await stream.ReadAsync()).Dispose();

        // The clock stands still. The first grant comes after half of the initial window, the second after half of the widest.
        for (uint i = 1; i <= 9; i++)
        {
            await peer.SendAsync(FrameType.Body, 1, i, new byte[60_000]);
            (await stream.ReadAsync().AsTask().WaitAsync(Deadline)).Dispose();
        }

        Assert.Equal((9 * 60_000) + TunnelLimits.MaxStreamWindowBytes, await LimitAsync(peer));
        for (uint i = 10; i <= 79; i++)
        {
            await peer.SendAsync(FrameType.Body, 1, i, new byte[60_000]);
            (await stream.ReadAsync().AsTask().WaitAsync(Deadline)).Dispose();
        }

        Assert.Equal((79 * 60_000) + TunnelLimits.MaxStreamWindowBytes, await LimitAsync(peer));
    }

    /// <summary>A window holds eight round trips, so that a sender which doubles its rate never waits for a grant.</summary>
    [Theory]
    [InlineData(100, 4_194_304)]
    [InlineData(399, 2_097_152)]
    [InlineData(400, 1_048_576)]
    public async Task Window_ThatHoldsFewRoundTrips_IsWidened(int milliseconds, int window)
    {
        var clock = new ManualTimeProvider();
        await using var peer = new RawVisitor(clock, roundTrip: TimeSpan.FromMilliseconds(100));
        await peer.SendAsync(FrameType.Headers, 1, 0, Head);
        var stream = await peer.OpenedAsync();
        (await stream.ReadAsync()).Dispose();
        clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
        for (uint i = 1; i <= 9; i++)
        {
            await peer.SendAsync(FrameType.Body, 1, i, new byte[60_000]);
            (await stream.ReadAsync().AsTask().WaitAsync(Deadline)).Dispose();
        }

        Assert.Equal((9 * 60_000) + window, await LimitAsync(peer));
    }

    /// <summary>The next limit granted to stream 1.</summary>
    private static async Task<long> LimitAsync(RawVisitor peer)
    {
        while (true)
        {
            var (header, payload) = await peer.ExpectAsync(FrameType.Credit);
            if (header.StreamId == 1 && CreditFrame.TryRead(payload, out var credit))
            {
                return (long)credit.Limit;
            }
        }
    }

    [Fact]
    public async Task Channel_Closed_EndsTheConnectionInOrder()
    {
        await using var peer = new RawVisitor();
        await peer.SendAsync(FrameType.Headers, 1, 0, Head);
        var stream = await peer.OpenedAsync();
        using (await stream.ReadAsync())
        {
        }

        await peer.CloseAsync();
        Assert.True((await peer.Agent.Completion.WaitAsync(Deadline)).ByPeer);
        await Assert.ThrowsAsync<TunnelStreamException>(() => stream.ReadAsync().AsTask().WaitAsync(Deadline));
        await peer.Agent.LoopsEnded.WaitAsync(Deadline);
    }

    [Fact]
    public async Task Random_Frames_NeverDisturbTheProcess()
    {
        var random = new Random(31337);
        for (var round = 0; round < 200; round++)
        {
            await using var peer = new RawVisitor();
            for (var i = 0; i < 30 && !peer.Agent.Completion.IsCompleted; i++)
            {
                var payload = new byte[random.Next(0, 40)];
                random.NextBytes(payload);
                await peer.SendAsync(
                    (FrameType)(random.Next(0, 13) << 8), (uint)random.Next(0, 4), (uint)random.Next(0, 4), payload, (FrameFlags)random.Next(0, 0x20));
            }
        }
    }

    /// <summary>Writes frames by hand; reads the agent's.</summary>
    private sealed class RawVisitor : IAsyncDisposable
    {
        private readonly MemoryDataChannel _control;
        private readonly MemoryDataChannel _streams;
        private readonly System.Threading.Channels.Channel<TunnelStream> _opened = System.Threading.Channels.Channel.CreateUnbounded<TunnelStream>();
        private readonly System.Threading.Channels.Channel<(FrameHeader Header, byte[] Payload)> _received =
            System.Threading.Channels.Channel.CreateUnbounded<(FrameHeader, byte[])>();

        public RawVisitor(TimeProvider? clock = null, TimeSpan? roundTrip = null)
        {
            (_control, var control) = MemoryDataChannel.CreatePair("control");
            (_streams, var agentStreams) = MemoryDataChannel.CreatePair("streams");
            Agent = new TunnelConnection(control, agentStreams, TunnelRole.Agent, new TunnelConnectionOptions
            {
                StreamOpened = stream => _opened.Writer.TryWrite(stream),
                TimeProvider = clock ?? TimeProvider.System,
                RoundTripTime = () => roundTrip,
            });
            Agent.Start();
            _ = PumpAsync(_control);
            _ = PumpAsync(_streams);
        }

        public TunnelConnection Agent { get; }

        public static byte[] Frame(FrameType type, uint stream, uint sequence, byte[] payload, FrameFlags flags = FrameFlags.None)
        {
            var message = new byte[FrameHeader.Size + payload.Length];
            new FrameHeader(type, stream, payload.Length, sequence, flags).Write(message);
            payload.CopyTo(message, FrameHeader.Size);
            return message;
        }

        public async Task SendAsync(byte[] message)
        {
            try
            {
                await _streams.SendAsync(message).AsTask().WaitAsync(Deadline);
            }
            catch (PeerConnectionException)
            {
                // The agent has already closed; the test looks at why.
            }
        }

        public Task SendAsync(FrameType type, uint stream, uint sequence, byte[] payload, FrameFlags flags = FrameFlags.None) =>
            SendAsync(Frame(type, stream, sequence, payload, flags));

        /// <summary>Everything sent before on the streams channel was handled.</summary>
        public async Task PingAsync()
        {
            await SendAsync(FrameType.Heartbeat, 0, 0, new byte[8]);
            await ExpectAsync(FrameType.Heartbeat);
        }

        public async Task<TunnelStream> OpenedAsync() => await _opened.Reader.ReadAsync().AsTask().WaitAsync(Deadline);

        public async Task<(FrameHeader Header, byte[] Payload)> ExpectAsync(FrameType type)
        {
            while (true)
            {
                var frame = await _received.Reader.ReadAsync().AsTask().WaitAsync(Deadline);
                if (frame.Header.Type == type)
                {
                    return frame;
                }
            }
        }

        public async Task CloseAsync()
        {
            await _streams.CloseAsync();
            await _control.CloseAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await Agent.DisposeAsync();
            await _control.CloseAsync();
            await _streams.CloseAsync();
            await Agent.LoopsEnded.WaitAsync(Deadline);
        }

        private async Task PumpAsync(MemoryDataChannel channel)
        {
            while (await ReceiveOneAsync(channel))
            {
            }
        }

        private async Task<bool> ReceiveOneAsync(MemoryDataChannel channel)
        {
            using var message = await channel.ReceiveAsync();
            if (message is null)
            {
                return false;
            }

            Assert.Equal(FrameReadResult.Frame, FrameHeader.TryRead(message.Data.Span, out var header, out _));
            _received.Writer.TryWrite((header, message.Data[FrameHeader.Size..].ToArray()));
            return true;
        }
    }
}
