using PeerProxy.Tests.TestKit.Simulation;
using PeerProxy.WebRtc;
using PeerProxy.WebRtc.Connection;
using PeerProxy.WebRtc.DataChannels;
using PeerProxy.WebRtc.Sctp;

namespace PeerProxy.Tests.Unit.DataChannels;

public sealed class DataChannelSetTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private readonly ChannelPeer _left = new(isDtlsClient: true, seed: 1);
    private readonly ChannelPeer _right = new(isDtlsClient: false, seed: 2);
    private readonly SimulatedNetwork _network;

    public DataChannelSetTests()
    {
        var link = new LinkSettings { Delay = TimeSpan.FromMilliseconds(10), Loss = 0.03 };
        _network = new SimulatedNetwork(_left, _right, link, link, 3);
    }

    [Fact]
    public void Negotiated_OpenedBeforeConnect_BothOpenAndExchange()
    {
        DataChannel left = _left.Open(new DataChannelOptions { NegotiatedId = 0, Ordered = false }, _network.Now);
        DataChannel right = _right.Open(new DataChannelOptions { NegotiatedId = 0, Ordered = false }, _network.Now);
        Assert.Equal(DataChannelState.Connecting, left.State);
        Assert.True(left.TrySend("early"u8, isText: true, _network.Now));
        Connect();
        Assert.True(_network.RunUntil(() => _right.Texts.Contains("early"), Limit));
        Assert.True(right.TrySend("late"u8, isText: true, _network.Now));
        Assert.True(_network.RunUntil(() => _left.Texts.Contains("late"), Limit));
        Assert.Equal(DataChannelState.Open, left.State);
        Assert.Contains(_left.Events, e => e.Kind == DataChannelEventKind.Opened && e.Channel == left);
        Assert.Null(_left.Set.TryOpen(new DataChannelOptions { NegotiatedId = 0 }, _network.Now));
    }

    [Fact]
    public void Dcep_OpenedByEachSide_HasItsPropertiesAndParity()
    {
        Connect();
        DataChannel fromLeft = _left.Open(new DataChannelOptions { Label = "grüße", Protocol = "p1", Ordered = false, MaxRetransmits = 3 }, _network.Now);
        DataChannel fromRight = _right.Open(new DataChannelOptions { Label = "b", MaxPacketLifeTime = TimeSpan.FromMilliseconds(700) }, _network.Now);
        Assert.Equal(0, fromLeft.Id % 2);
        Assert.Equal(1, fromRight.Id % 2);
        Assert.True(_network.RunUntil(() => _right.Set.Find(fromLeft.Id) is not null && _left.Set.Find(fromRight.Id) is not null, Limit));
        DataChannel seen = _right.Set.Find(fromLeft.Id)!;
        Assert.True(seen.IsRemote);
        Assert.Equal(("grüße", "p1", false, (ushort?)3), (seen.Label, seen.Protocol, seen.Ordered, seen.MaxRetransmits));
        Assert.Equal(TimeSpan.FromMilliseconds(700), _left.Set.Find(fromRight.Id)!.MaxPacketLifeTime);
    }

    [Fact]
    public void Messages_EmptyTextAndBinary_KeepTheirKind()
    {
        Connect();
        DataChannel channel = _left.Open(new DataChannelOptions { Label = "x" }, _network.Now);
        Assert.True(channel.TrySend([], isText: true, _network.Now));
        Assert.True(channel.TrySend([], isText: false, _network.Now));
        Assert.True(channel.TrySend("t"u8, isText: true, _network.Now));
        Assert.True(channel.TrySend(new byte[262_144], isText: false, _network.Now));
        Assert.False(channel.TrySend(new byte[262_145], isText: false, _network.Now));
        Assert.True(_network.RunUntil(() => _right.Received.Count == 4, Limit));
        Assert.Equal([(true, 0), (false, 0), (true, 1), (false, 262_144)], _right.Received);
    }

    [Fact]
    public void Close_WithQueuedData_DeliversThenClosesBothAndFreesTheId()
    {
        Connect();
        DataChannel channel = _left.Open(new DataChannelOptions { Label = "x" }, _network.Now);
        Assert.True(channel.TrySend(new byte[200_000], isText: false, _network.Now));
        channel.Close(_network.Now);
        Assert.Equal(DataChannelState.Closing, channel.State);
        Assert.False(channel.TrySend("no"u8, isText: true, _network.Now));
        Assert.True(_network.RunUntil(() => channel.State == DataChannelState.Closed && _right.Set.Count == 0, Limit));
        Assert.Equal([(false, 200_000)], _right.Received);
        DataChannel again = _left.Open(new DataChannelOptions { NegotiatedId = channel.Id }, _network.Now);
        DataChannel other = _right.Open(new DataChannelOptions { NegotiatedId = channel.Id }, _network.Now);
        Assert.True(again.TrySend("again"u8, isText: true, _network.Now));
        Assert.True(other.TrySend("and back"u8, isText: true, _network.Now));
        Assert.True(_network.RunUntil(() => _right.Texts.Contains("again") && _left.Texts.Contains("and back"), Limit));
    }

    [Fact]
    public void Close_FromBothSidesAtOnce_ClosesOnce()
    {
        Connect();
        DataChannel left = _left.Open(new DataChannelOptions { NegotiatedId = 4 }, _network.Now);
        DataChannel right = _right.Open(new DataChannelOptions { NegotiatedId = 4 }, _network.Now);
        left.Close(_network.Now);
        right.Close(_network.Now);
        Assert.True(_network.RunUntil(() => _left.Set.Count == 0 && _right.Set.Count == 0, Limit));
        Assert.Single(_left.Events, e => e.Kind == DataChannelEventKind.Closed);
    }

    [Fact]
    public void Channels_OneHundred_AllCarryTheirMessage()
    {
        Connect();
        for (int i = 0; i < 100; i++)
        {
            Assert.True(_left.Open(new DataChannelOptions { Label = $"c{i}" }, _network.Now).TrySend(System.Text.Encoding.UTF8.GetBytes($"m{i}"), isText: true, _network.Now));
        }

        Assert.True(_network.RunUntil(() => _right.Texts.Count == 100, Limit));
        Assert.Equal(100, _right.Set.Count);
    }

    [Fact]
    public void BufferedAmount_FallsToThreshold_IsTold()
    {
        Connect();
        DataChannel channel = _left.Open(new DataChannelOptions { Label = "x" }, _network.Now);
        channel.SetBufferedAmountLowThreshold(10_000);
        Assert.True(channel.TrySend(new byte[100_000], isText: false, _network.Now));
        Assert.True(channel.BufferedAmount >= 100_000);
        Assert.True(_network.RunUntil(() => _left.Events.Any(e => e.Kind == DataChannelEventKind.BufferedAmountLow && e.Channel == channel), Limit));
        Assert.True(channel.QueuedBytes <= 10_000);
        Assert.True(_network.RunUntil(() => channel.BufferedAmount == 0, Limit));
    }

    [Fact]
    public void Association_Aborted_ClosesChannelsThenTellsWhy()
    {
        Connect();
        _left.Open(new DataChannelOptions { NegotiatedId = 4 }, _network.Now);
        _right.Set.Association.Abort(_network.Now, "over");
        Assert.True(_network.RunUntil(() => _left.Events.Any(e => e.Kind == DataChannelEventKind.Disconnected), Limit));
        Assert.Contains(_left.Events, e => e.Kind == DataChannelEventKind.Closed);
        Assert.Equal(SctpCloseReason.AbortedByPeer, _left.Events[^1].CloseReason);
    }

    [Fact]
    public void DcepOpen_TruncatedOrFlipped_NeverThrows()
    {
        byte[] open = new DcepOpen { Label = "label", Protocol = "protocol", MaxRetransmits = 1 }.Encode();
        Assert.True(DcepOpen.TryRead(open, out DcepOpen read));
        Assert.Equal(("label", "protocol", (ushort?)1), (read.Label, read.Protocol, read.MaxRetransmits));
        for (int length = 0; length < open.Length; length++)
        {
            Assert.False(DcepOpen.TryRead(open.AsSpan(0, length), out _));
        }

        for (int bit = 0; bit < open.Length * 8; bit++)
        {
            byte[] flipped = (byte[])open.Clone();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            DcepOpen.TryRead(flipped, out _);
        }
    }

    private void Connect()
    {
        _left.Set.Association.Connect(_network.Now);
        Assert.True(_network.RunUntil(() => _left.IsConnected && _right.IsConnected, Limit));
    }

    private sealed class ChannelPeer : ISimulatedPeer
    {
        public ChannelPeer(bool isDtlsClient, int seed)
        {
            Set = new DataChannelSet(new SctpAssociation(new SctpOptions(), new SeededRandom(seed)), isDtlsClient);
        }

        public DataChannelSet Set { get; }

        public List<DataChannelEvent> Events { get; } = [];

        public List<(bool IsText, int Length)> Received { get; } = [];

        public List<string> Texts { get; } = [];

        public bool IsConnected { get; private set; }

        public Timestamp NextDeadline => Set.Association.NextDeadline;

        public DataChannel Open(DataChannelOptions options, Timestamp now)
        {
            DataChannel? channel = Set.TryOpen(options, now);
            Assert.NotNull(channel);
            return channel;
        }

        public void Handle(ReadOnlySpan<byte> packet, Timestamp now) => Set.Association.Handle(packet, now);

        public void HandleTimeout(Timestamp now) => Set.Association.HandleTimeout(now);

        public bool TryPollPacket(Timestamp now, Span<byte> destination, out int written) => Set.Association.TryPollPacket(now, destination, out written);

        public void AfterDrain(Timestamp now)
        {
            while (Set.TryPollEvent(now, out DataChannelEvent e))
            {
                Events.Add(e);
                IsConnected |= e.Kind == DataChannelEventKind.Connected;
                if (e.Kind == DataChannelEventKind.Message)
                {
                    Received.Add((e.IsText, e.Length));
                    if (e.IsText)
                    {
                        Texts.Add(System.Text.Encoding.UTF8.GetString(e.Payload!.Memory.Span[..e.Length]));
                    }

                    e.Payload!.Dispose();
                    Set.ReleaseReceived(e.WindowBytes, now);
                }
            }
        }
    }
}
