using System.Buffers;
using PeerProxy.WebRtc.Sctp.Chunks;

namespace PeerProxy.WebRtc.Sctp;

/// <content>Building packets: control first, then SACK, then data, as much as fits (RFC 9260 section 6.10).</content>
public sealed partial class SctpAssociation
{
    private readonly PacketQueue _outOfBand = new();
    private readonly PacketQueue _control = new();

    /// <summary>Writes the next packet. False when nothing may go now; <see cref="NextDeadline"/> then says when to ask again.</summary>
    public bool TryPollPacket(Timestamp now, Span<byte> destination, out int written)
    {
        _pacingDeadline = Timestamp.Never;
        IsMtuProbe = false;
        written = 0;
        if (destination.Length < SctpOptions.MinimumPacketSize)
        {
            return false;
        }

        bool has = _outOfBand.TryDequeue(destination, out written) || State switch
        {
            SctpState.Closed or SctpState.Ended => false,
            SctpState.CookieWait => TryWriteInit(destination, out written),
            SctpState.CookieEchoed => TryWriteCookieEcho(now, destination, out written),
            _ => TryWriteEstablished(now, destination, out written) || TryWriteMtuProbe(now, destination, out written),
        };
        if (has)
        {
            _packetsSent++;
        }

        return has;
    }

    private bool TryWriteInit(Span<byte> destination, out int written)
    {
        written = 0;
        if (!_initPending)
        {
            return false;
        }

        _initPending = false;
        var writer = new SctpPacketWriter(destination, _options.Port, verificationTag: 0);
        InitChunk.Write(ref writer, ChunkType.Init, LocalInit(_localTag, _localInitialTsn), default, default);
        written = writer.Finish(zeroChecksum: false);
        return true;
    }

    /// <summary>RFC 9260 5.1: data may ride with the COOKIE-ECHO, but nothing else goes until it is answered.</summary>
    private bool TryWriteCookieEcho(Timestamp now, Span<byte> destination, out int written)
    {
        written = 0;
        if (!_cookieEchoPending)
        {
            return false;
        }

        _cookieEchoPending = false;
        var writer = new SctpPacketWriter(destination[..Math.Min(destination.Length, MaxPacketSize)], _options.Port, _peerTag);
        _peerCookie.CopyTo(writer.Append(ChunkType.CookieEcho, 0, _peerCookie.Length));
        _sender.TryWriteData(ref writer, now);
        _sender.HoldTimers();

        // RFC 9653 5.2: a packet with a COOKIE-ECHO has a checksum.
        written = writer.Finish(zeroChecksum: false);
        return true;
    }

    private bool TryWriteEstablished(Timestamp now, Span<byte> destination, out int written)
    {
        written = 0;
        int size = Math.Max(MaxPacketSize, _sender.OversizedRepair);
        var writer = new SctpPacketWriter(destination[..Math.Min(destination.Length, size)], _options.Port, _peerTag);
        if (_cookieAckPending)
        {
            _cookieAckPending = false;
            writer.Append(ChunkType.CookieAck, 0, 0);
        }

        while (_control.TryPeek(out ReadOnlySpan<byte> chunk) && ChunkReader.Padded(chunk.Length) <= writer.Remaining)
        {
            writer.AppendEncoded(chunk);
            _control.Drop();
        }

        WriteReconfig(ref writer, now);
        bool canSendData = MaySendData && (_sender.CanSendData(now) || _sender.ForwardTsnPending);
        if (_receiver!.IsSackDue || (_receiver.IsSackWanted && (canSendData || !writer.IsEmpty)))
        {
            _receiver.TryWriteSack(ref writer, _rtt.Smoothed, now);
        }

        WriteShutdown(ref writer, now);
        if (MaySendData)
        {
            _sender.TryWriteForwardTsn(ref writer, now);
            _sender.TryWriteData(ref writer, now);
            _pacingDeadline = _sender.PacingDeadline(now);
        }

        if (writer.IsEmpty)
        {
            return false;
        }

        written = writer.Finish(_sendZeroChecksum);
        OnSomethingSent(now);
        return true;
    }

    private bool MaySendData => State is SctpState.Established or SctpState.ShutdownPending or SctpState.ShutdownReceived;

    /// <summary>A short queue of encoded packets or chunks that are rare: answers and errors.</summary>
    private sealed class PacketQueue
    {
        /// <summary>More than this outstanding only happens under attack; then new ones are dropped.</summary>
        private const int MaxEntries = 16;

        private readonly Queue<(byte[] Buffer, int Length)> _entries = new();

        public void Enqueue(ReadOnlySpan<byte> bytes)
        {
            if (_entries.Count >= MaxEntries)
            {
                return;
            }

            byte[] buffer = ArrayPool<byte>.Shared.Rent(bytes.Length);
            bytes.CopyTo(buffer);
            _entries.Enqueue((buffer, bytes.Length));
        }

        public bool TryPeek(out ReadOnlySpan<byte> bytes)
        {
            bool has = _entries.TryPeek(out (byte[] Buffer, int Length) entry);
            bytes = has ? entry.Buffer.AsSpan(0, entry.Length) : default;
            return has;
        }

        public bool TryDequeue(Span<byte> destination, out int length)
        {
            length = 0;
            if (!TryPeek(out ReadOnlySpan<byte> bytes) || bytes.Length > destination.Length)
            {
                return false;
            }

            bytes.CopyTo(destination);
            length = bytes.Length;
            Drop();
            return true;
        }

        public void Drop() => ArrayPool<byte>.Shared.Return(_entries.Dequeue().Buffer);

        public void Clear()
        {
            while (_entries.Count > 0)
            {
                Drop();
            }
        }
    }
}
