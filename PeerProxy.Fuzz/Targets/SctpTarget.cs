using System.Buffers.Binary;
using PeerProxy.WebRtc;
using PeerProxy.WebRtc.Sctp;
using PeerProxy.WebRtc.Sctp.Chunks;

namespace PeerProxy.Fuzz.Targets;

/// <summary>Packets into an association that stands. Tag and checksum are put right, or nothing behind them would be tried.</summary>
internal sealed class SctpTarget : IFuzzTarget
{
    /// <summary>Inputs an association takes before a new one replaces it: enough for damage to add up.</summary>
    private const int InputsPerAssociation = 2000;

    private readonly byte[] _buffer = new byte[2048];
    private readonly SeededSource _random = new(1);
    private SctpAssociation? _association;
    private Timestamp _now = new(TimeSpan.TicksPerHour);
    private int _inputs;

    public string Name => "sctp";

    /// <summary>A packet of fragments may open the buffers of several streams and messages.</summary>
    public long AllocationAllowance => 512 * 1024;

    public long AllocationPerByte => 512;

    public void Prepare()
    {
        if (_association is null || _association.State == SctpState.Ended || ++_inputs > InputsPerAssociation)
        {
            _inputs = 0;
            Connect();
        }
    }

    public void Run(ReadOnlySpan<byte> input)
    {
        var packet = input.ToArray();
        if (packet.Length >= SctpPacketWriter.HeaderLength)
        {
            var isInit = packet.Length > SctpPacketWriter.HeaderLength && packet[SctpPacketWriter.HeaderLength] == (byte)ChunkType.Init;
            BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), isInit ? 0 : _association!.LocalTag);
            Crc32c.Write(packet);
        }

        _now += TimeSpan.FromMilliseconds(1);
        _association!.Handle(packet, _now);
        _association.HandleTimeout(_now);
        while (_association.TryPollPacket(_now, _buffer, out _))
        {
        }

        while (_association.TryPollEvent(out var e))
        {
            e.Payload?.Dispose();
            _association.ReleaseReceived(e.WindowBytes, _now);
        }
    }

    private void Connect()
    {
        var peer = new SctpAssociation(new SctpOptions { OfferInterleaving = _random.Toss() }, _random);
        _association = new SctpAssociation(new SctpOptions(), _random);
        peer.Connect(_now);
        while (_association.State != SctpState.Established || peer.State != SctpState.Established)
        {
            Move(peer, _association);
            Move(_association, peer);
        }

        // Something under way, so that acknowledgements have a meaning.
        _association.TrySend(1, 53, new byte[8000], default, _now);
        _association.TryPollPacket(_now, _buffer, out _);
    }

    private void Move(SctpAssociation from, SctpAssociation to)
    {
        while (from.TryPollPacket(_now, _buffer, out var length))
        {
            to.Handle(_buffer.AsSpan(0, length), _now);
        }
    }

    private sealed class SeededSource(int seed) : IRandomSource
    {
        private readonly Random _random = new(seed);

        public void Fill(Span<byte> destination) => _random.NextBytes(destination);

        public bool Toss() => _random.Next(2) == 0;
    }
}
