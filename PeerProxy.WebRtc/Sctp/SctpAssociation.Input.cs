using System.Buffers.Binary;
using PeerProxy.WebRtc.Sctp.Chunks;
using PeerProxy.WebRtc.Sctp.Receive;

namespace PeerProxy.WebRtc.Sctp;

/// <content>Taking packets: tags (RFC 9260 section 8.5), chunk dispatch, unknown chunks (section 3.2).</content>
public sealed partial class SctpAssociation
{
    private const byte TagReflectedFlag = 1;
    private const byte StopUnknownBit = 0x80;
    private const byte ReportUnknownBit = 0x40;

    /// <summary>Takes one SCTP packet, as it came out of DTLS.</summary>
    public void Handle(ReadOnlySpan<byte> packet, Timestamp now)
    {
        if (packet.Length < SctpPacketWriter.HeaderLength + ChunkReader.HeaderLength || !HasValidChecksum(packet))
        {
            _packetsDiscarded++;
            return;
        }

        _packetsReceived++;
        uint tag = BinaryPrimitives.ReadUInt32BigEndian(packet[4..]);
        ReadOnlySpan<byte> chunks = packet[SctpPacketWriter.HeaderLength..];
        if (State == SctpState.Ended)
        {
            AnswerAfterEnd(chunks, tag);
            return;
        }

        var reader = new ChunkReader(chunks);
        bool first = true;
        bool sackNow = false;
        bool sawData = false;
        while (State != SctpState.Ended && reader.TryRead(out ChunkType type, out byte flags, out ReadOnlySpan<byte> value, out ReadOnlySpan<byte> whole))
        {
            if (!IsTagValid(type, flags, tag))
            {
                _packetsDiscarded++;
                break;
            }

            if (type is ChunkType.Data or ChunkType.IData)
            {
                if (!HandleData(type, flags, value, ref sackNow, ref sawData, now))
                {
                    break;
                }
            }
            else if (!HandleChunk(type, flags, value, whole, tag, first, now))
            {
                break;
            }

            first = false;
        }

        if (sawData && State != SctpState.Ended)
        {
            _receiver!.OnPacketEnd(sackNow, now);
            CompletePeerResets(now);
            StartWindowProbes(now);
            if (State == SctpState.ShutdownSent)
            {
                // RFC 9260 9.2: data that was under way is acknowledged together with the SHUTDOWN, again.
                _receiver.ForceSack();
                _shutdownPending = true;
            }
        }

        if (State != SctpState.Ended)
        {
            ContinueShutdown(now);
        }
    }

    private bool HasValidChecksum(ReadOnlySpan<byte> packet)
    {
        // RFC 9653 5.3: zero is fine once we announced that, but not for the packet that opens an association.
        if (_options.OfferZeroChecksum && Crc32c.IsZero(packet) && (ChunkType)packet[SctpPacketWriter.HeaderLength] != ChunkType.Init)
        {
            return true;
        }

        return Crc32c.IsValid(packet);
    }

    private bool IsTagValid(ChunkType type, byte flags, uint tag)
    {
        switch (type)
        {
            case ChunkType.Init:
                return tag == 0;
            case ChunkType.CookieEcho:
                // Checked against the cookie: after a restart it carries a tag we no longer remember.
                return true;
            case ChunkType.Abort:
            case ChunkType.ShutdownComplete:
                return (flags & TagReflectedFlag) != 0 ? _peerTag != 0 && tag == _peerTag : tag == _localTag;
            default:
                return tag == _localTag;
        }
    }

    /// <summary>False ends the processing of the packet.</summary>
    private bool HandleChunk(ChunkType type, byte flags, ReadOnlySpan<byte> value, ReadOnlySpan<byte> whole, uint tag, bool isFirst, Timestamp now)
    {
        switch (type)
        {
            case ChunkType.Init:
                // RFC 9260 3.1: alone in its packet.
                if (isFirst)
                {
                    HandleInit(value, now);
                }

                return false;
            case ChunkType.InitAck:
                if (isFirst)
                {
                    HandleInitAck(value, now);
                }

                return false;
            case ChunkType.CookieEcho:
                return isFirst && HandleCookieEcho(value, tag, now);
            case ChunkType.CookieAck:
                HandleCookieAck(now);
                return true;
            case ChunkType.Abort:
                End(SctpCloseReason.AbortedByPeer, $"peer aborted, cause {ErrorCause.FirstCode(value)}");
                return false;
        }

        if (!IsAssociated)
        {
            return State is SctpState.CookieWait or SctpState.CookieEchoed && HandleBeforeEstablished(type, value, tag);
        }

        switch (type)
        {
            case ChunkType.Sack:
                HandleSack(value, now);
                return true;
            case ChunkType.Heartbeat:
                HandleHeartbeat(value);
                return true;
            case ChunkType.HeartbeatAck:
                HandleHeartbeatAck(value, now);
                return true;
            case ChunkType.Error:
                return true;
            case ChunkType.Shutdown:
                HandleShutdown(value, now);
                return true;
            case ChunkType.ShutdownAck:
                HandleShutdownAck();
                return false;
            case ChunkType.ShutdownComplete:
                HandleShutdownComplete();
                return false;
            case ChunkType.ForwardTsn:
            case ChunkType.IForwardTsn:
                HandleForwardTsn(type, value, now);
                return true;
            case ChunkType.ReConfig:
                HandleReconfig(value, now);
                return true;
            case ChunkType.Pad:
                return true;
            default:
                return HandleUnknown(type, whole);
        }
    }

    /// <summary>A handshake is in the way of other chunks, but an ERROR or a stray SHUTDOWN-ACK matters.</summary>
    private bool HandleBeforeEstablished(ChunkType type, ReadOnlySpan<byte> value, uint tag)
    {
        switch (type)
        {
            case ChunkType.Error when State == SctpState.CookieEchoed && ErrorCause.FirstCode(value) == ErrorCause.StaleCookie:
                // RFC 9260 5.2.6: begin again with a new INIT.
                SetState(SctpState.CookieWait);
                _cookieEchoPending = false;
                _initPending = true;
                return false;
            case ChunkType.ShutdownAck:
                QueueShutdownComplete(tag);
                return false;
            default:
                return type == ChunkType.Sack;
        }
    }

    private bool IsAssociated => State is not (SctpState.Closed or SctpState.CookieWait or SctpState.CookieEchoed or SctpState.Ended);

    private bool HandleUnknown(ChunkType type, ReadOnlySpan<byte> whole)
    {
        if (((byte)type & ReportUnknownBit) != 0)
        {
            QueueError(ErrorCause.UnrecognizedChunk, whole);
        }

        return ((byte)type & StopUnknownBit) != 0;
    }

    private bool HandleData(ChunkType type, byte flags, ReadOnlySpan<byte> value, ref bool sackNow, ref bool sawData, Timestamp now)
    {
        // RFC 9260 9.2: after SHUTDOWN was received, or before the association is up, data is not taken.
        if (State is not (SctpState.Established or SctpState.ShutdownPending or SctpState.ShutdownSent))
        {
            return false;
        }

        bool interleaved = type == ChunkType.IData;
        bool read = interleaved ? DataChunk.TryReadIData(flags, value, out DataChunk chunk) : DataChunk.TryReadData(flags, value, out chunk);
        if (!read)
        {
            _packetsDiscarded++;
            return false;
        }

        if (interleaved != IsInterleaving)
        {
            // RFC 8260 2.2.1: only the kind that was settled may be used.
            AbortFor(SctpCloseReason.ProtocolViolation, ErrorCause.ProtocolViolation, "DATA and I-DATA mixed");
            return false;
        }

        if (chunk.Payload.IsEmpty)
        {
            // RFC 9260 6.2: no user data is answered by ABORT.
            AbortFor(SctpCloseReason.ProtocolViolation, ErrorCause.NoUserData, "DATA without user data");
            return false;
        }

        sawData = true;
        switch (_receiver!.Handle(chunk, ref sackNow, now))
        {
            case FragmentResult.Contradiction:
                AbortFor(SctpCloseReason.ProtocolViolation, ErrorCause.ProtocolViolation, "fragments contradict each other");
                return false;
            case FragmentResult.LimitExceeded:
                AbortFor(SctpCloseReason.LimitExceeded, ErrorCause.OutOfResource, "message or number of partial messages over the limit");
                return false;
            default:
                return true;
        }
    }

    private void HandleSack(ReadOnlySpan<byte> value, Timestamp now)
    {
        if (!SackChunk.TryRead(value, out SackChunk sack) || !_sender.HandleSack(sack, now))
        {
            _packetsDiscarded++;
            return;
        }

        StartResets(now);
        StartMtuSearch(now);
    }

    private void HandleForwardTsn(ChunkType type, ReadOnlySpan<byte> value, Timestamp now)
    {
        bool interleaved = type == ChunkType.IForwardTsn;
        if (interleaved != IsInterleaving || !ForwardTsnChunk.TryRead(value, interleaved, out ForwardTsnChunk chunk))
        {
            _packetsDiscarded++;
            return;
        }

        _receiver!.HandleForwardTsn(chunk, now);
        CompletePeerResets(now);
    }
}
