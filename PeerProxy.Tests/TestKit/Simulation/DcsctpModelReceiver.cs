using PeerProxy.WebRtc;
using PeerProxy.WebRtc.Sctp;
using PeerProxy.WebRtc.Sctp.Chunks;

namespace PeerProxy.Tests.TestKit.Simulation;

/// <summary>
/// A browser as receiver of our data, by its observable rules: a socket that holds 56 packets in front of a reader with a packet rate, SACK at once
/// for the first DATA, then every second packet, after at most 200 ms, for every packet while a hole exists, and for the I-bit; at most 20 gap
/// blocks, lowest first; 5 MiB window of which 4,718,592 are advertised; messages leave the window when complete.
/// </summary>
/// <param name="packetsPerSecond">What its reader takes.</param>
/// <param name="cookie">Its state cookie; null: the one by which libwebrtc's stack is known.</param>
public sealed class DcsctpModelReceiver(double packetsPerSecond = 22_500, byte[]? cookie = null) : ISimulatedPeer
{
    private const int SocketPackets = 56;
    private const int MaxGapBlocks = 20;
    private const int MaxTsnSpan = 100_000;
    private const uint InitialWindow = 5_242_880;
    private const uint LargestAdvertised = 4_718_592;
    private const uint LocalTag = 0x0102_0304;
    private const uint LocalTsn = 1000;
    private const ushort Port = 5000;

    private static readonly TimeSpan DelayedSack = TimeSpan.FromMilliseconds(200);
    private readonly byte[] _cookie = cookie ?? [.. "dcSCTP00"u8, 1, 2, 3, 4];

    private readonly Queue<byte[]> _socket = new();
    private readonly Queue<byte[]> _output = new();
    private TsnRangeSet _received = new(100_000);
    private long _cumulative;
    private uint _peerTag;
    private Timestamp _nextRead = Timestamp.Never;
    private Timestamp _sackAt = Timestamp.Never;
    private int _packetsSinceSack;
    private bool _seenData;
    private bool _sackNow;
    private readonly List<uint> _duplicates = [];
    private readonly Dictionary<long, int> _payloads = [];

    public long BytesReceived { get; private set; }

    /// <summary>Payload up to the first hole: what a reader that needs order has got.</summary>
    public long BytesInOrder { get; private set; }

    public long SocketDrops { get; private set; }

    public int LargestSocketQueue { get; private set; }

    public long DuplicatesReceived { get; private set; }

    public int MostGapBlocks { get; private set; }

    /// <summary>Packets with a PAD chunk.</summary>
    public int PaddedPackets { get; private set; }

    public Timestamp NextDeadline => Timestamp.Min(_nextRead, _sackAt);

    public void Handle(ReadOnlySpan<byte> packet, Timestamp now)
    {
        if (_socket.Count >= SocketPackets)
        {
            SocketDrops++;
            return;
        }

        _socket.Enqueue(packet.ToArray());
        LargestSocketQueue = Math.Max(LargestSocketQueue, _socket.Count);
        if (_nextRead == Timestamp.Never)
        {
            _nextRead = now + TimeSpan.FromSeconds(1 / packetsPerSecond);
        }
    }

    public void HandleTimeout(Timestamp now)
    {
        if (_nextRead <= now)
        {
            Read(_socket.Dequeue(), now);
            _nextRead = _socket.Count > 0 ? now + TimeSpan.FromSeconds(1 / packetsPerSecond) : Timestamp.Never;
        }

        if (_sackAt <= now)
        {
            _sackNow = true;
        }
    }

    public bool TryPollPacket(Timestamp now, Span<byte> destination, out int written)
    {
        written = 0;
        if (_output.TryDequeue(out byte[]? packet))
        {
            packet.CopyTo(destination);
            written = packet.Length;
            return true;
        }

        if (!_sackNow)
        {
            return false;
        }

        written = WriteSack(destination);
        return true;
    }

    public void AfterDrain(Timestamp now)
    {
    }

    private void Read(byte[] packet, Timestamp now)
    {
        var reader = new ChunkReader(packet.AsSpan(SctpPacketWriter.HeaderLength));
        bool sawData = false;
        while (reader.TryRead(out ChunkType type, out byte flags, out ReadOnlySpan<byte> value, out ReadOnlySpan<byte> whole))
        {
            switch (type)
            {
                case ChunkType.Init:
                    AnswerInit(value);
                    break;
                case ChunkType.CookieEcho:
                    Reply(ChunkType.CookieAck, default);
                    break;
                case ChunkType.Pad:
                    PaddedPackets++;
                    break;
                case ChunkType.Heartbeat:
                    Reply(ChunkType.HeartbeatAck, value);
                    break;
                case ChunkType.Data when DataChunk.TryReadData(flags, value, out DataChunk data):
                    sawData = true;
                    Take(data);
                    break;
            }
        }

        if (!sawData)
        {
            return;
        }

        _packetsSinceSack++;
        if (!_seenData || _received.Count > 0 || _packetsSinceSack >= 2)
        {
            _sackNow = true;
        }
        else if (_sackAt == Timestamp.Never)
        {
            _sackAt = now + DelayedSack;
        }

        _seenData = true;
    }

    private void Take(in DataChunk data)
    {
        long tsn = SerialNumber.Unwrap(_cumulative, data.Tsn);
        _sackNow |= data.WantsImmediateSack;
        if (tsn <= _cumulative || _received.Contains(tsn))
        {
            DuplicatesReceived++;
            _sackNow = true;
            if (_duplicates.Count < MaxGapBlocks)
            {
                _duplicates.Add(data.Tsn);
            }

            return;
        }

        if (tsn > _cumulative + MaxTsnSpan)
        {
            return;
        }

        BytesReceived += data.Payload.Length;
        _payloads.Add(tsn, data.Payload.Length);
        _received.TryAdd(tsn);
        if (_received[0].Start == _cumulative + 1)
        {
            while (_payloads.Remove(_cumulative + 1, out int length))
            {
                BytesInOrder += length;
                _cumulative++;
            }

            _received.RemoveThrough(_cumulative);
        }
    }

    private int WriteSack(Span<byte> destination)
    {
        Span<(ushort, ushort)> blocks = stackalloc (ushort, ushort)[MaxGapBlocks];
        int count = Math.Min(_received.Count, MaxGapBlocks);
        for (int i = 0; i < count; i++)
        {
            blocks[i] = ((ushort)(_received[i].Start - _cumulative), (ushort)(_received[i].End - _cumulative));
        }

        MostGapBlocks = Math.Max(MostGapBlocks, count);
        var writer = new SctpPacketWriter(destination, Port, _peerTag);
        SackChunk.Write(ref writer, (uint)_cumulative, LargestAdvertised, blocks[..count], System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_duplicates));
        _duplicates.Clear();
        _sackNow = false;
        _packetsSinceSack = 0;
        _sackAt = Timestamp.Never;
        return writer.Finish(zeroChecksum: false);
    }

    private void AnswerInit(ReadOnlySpan<byte> value)
    {
        if (!InitChunk.TryRead(value, out InitChunk init))
        {
            return;
        }

        _peerTag = init.InitiateTag;
        _cumulative = SerialNumber.Start(init.InitialTsn) - 1;
        _received = new TsnRangeSet(100_000);
        byte[] packet = new byte[512];
        var writer = new SctpPacketWriter(packet, Port, _peerTag);
        var answer = new InitChunk
        {
            InitiateTag = LocalTag,
            ReceiverWindow = InitialWindow,
            OutboundStreams = ushort.MaxValue,
            InboundStreams = ushort.MaxValue,
            InitialTsn = LocalTsn,
            Features = SctpFeatures.PartialReliability | SctpFeatures.StreamReset,
        };
        InitChunk.Write(ref writer, ChunkType.InitAck, answer, _cookie, default);
        _output.Enqueue(packet[..writer.Finish(zeroChecksum: false)]);
    }

    private void Reply(ChunkType type, ReadOnlySpan<byte> value)
    {
        byte[] packet = new byte[2048];
        var writer = new SctpPacketWriter(packet, Port, _peerTag);
        value.CopyTo(writer.Append(type, 0, value.Length));
        _output.Enqueue(packet[..writer.Finish(zeroChecksum: false)]);
    }
}
