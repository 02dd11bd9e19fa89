using System.Text;
using PeerProxy.Agent.Tunnel;
using PeerProxy.Protocol.Tunnel;
using PeerProxy.Tests.TestKit.Tunnel;

namespace PeerProxy.Tests.Unit.Tunnel;

/// <summary>docs/protocol.md, section 8.</summary>
public sealed class LaneTests
{
    private static readonly TimeSpan Deadline = TunnelPair.Deadline;

    [Theory]
    [InlineData("""{"type":"lanes","lane":7}""")]
    [InlineData("""{"type":"lane-offer","lane":1,"sdp":"v=0"}""")]
    [InlineData("""{"type":"lane-answer","lane":7,"sdp":"v=0"}""")]
    [InlineData("""{"type":"lane-candidate","lane":2,"candidate":""}""")]
    public void Message_ReadAndWritten_IsTheSame(string json)
    {
        Assert.True(LaneMessage.TryRead(Encoding.UTF8.GetBytes(json), out var message));

        Assert.Equal(json, Encoding.UTF8.GetString(message.Write()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"type":"document-cookie","cookie":"a=b","url":"/"}""")]
    [InlineData("""{"type":"lanes","lane":0}""")]
    [InlineData("""{"type":"lanes","lane":8}""")]
    [InlineData("""{"type":"lanes","lane":"3"}""")]
    [InlineData("""{"type":"lane-offer","lane":1}""")]
    [InlineData("""{"type":"lane-candidate","lane":1,"sdp":"v=0"}""")]
    [InlineData("""{"lane":1}""")]
    public void Message_OfAnotherKindOrMalformed_IsNotRead(string json) =>
        Assert.False(LaneMessage.TryRead(Encoding.UTF8.GetBytes(json), out _));

    [Fact]
    public async Task Frames_OnSeveralChannels_AreOneStreamInOrder()
    {
        var opened = new TaskCompletionSource<TunnelStream>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var pair = new TunnelPair(opened.SetResult);
        var (visitorLane, agentLane) = MemoryDataChannel.CreatePair("lane", seed: 3);
        pair.Agent.AddLane(agentLane);
        var head = new PooledBufferWriter();
        FieldSection.Encode([new(":method", "PUT"), new(":path", "/"), new(":authority", "a"), new(":scheme", "https")], head);
        await pair.VisitorStreams.SendAsync(Frame(FrameType.Headers, 0, head.Written.ToArray()));
        head.Return();
        const int Count = 40;
        for (var i = 1; i <= Count; i++)
        {
            var channel = i % 3 == 0 ? pair.VisitorStreams : visitorLane;
            await channel.SendAsync(Frame(FrameType.Body, (uint)i, [(byte)i], i == Count ? FrameFlags.Final : FrameFlags.None));
        }

        var stream = await opened.Task.WaitAsync(Deadline);
        var bytes = new List<byte>();
        (await stream.ReadAsync().AsTask().WaitAsync(Deadline)).Dispose();
        while (bytes.Count < Count)
        {
            using var frame = await stream.ReadAsync().AsTask().WaitAsync(Deadline);
            bytes.AddRange(frame.Payload.Span);
        }

        Assert.Equal(Enumerable.Range(1, Count).Select(value => (byte)value), bytes);
        await visitorLane.CloseAsync();
    }

    [Fact]
    public async Task Lane_ThatCloses_EndsTheConnection()
    {
        await using var pair = new TunnelPair(_ => { });
        var (visitorLane, agentLane) = MemoryDataChannel.CreatePair("lane");
        pair.Agent.AddLane(agentLane);

        await visitorLane.CloseAsync();

        await pair.Agent.Completion.WaitAsync(Deadline);
    }

    private static byte[] Frame(FrameType type, uint sequence, byte[] payload, FrameFlags flags = FrameFlags.None)
    {
        var frame = new byte[FrameHeader.Size + payload.Length];
        new FrameHeader(type, streamId: 1, payload.Length, sequence, flags).Write(frame);
        payload.CopyTo(frame, FrameHeader.Size);
        return frame;
    }
}
