using System.Buffers.Binary;
using System.Text;
using PeerProxy.WebRtc.Sctp.Chunks;

namespace PeerProxy.WebRtc.Sctp;

/// <content>Time, HEARTBEAT, ERROR and ABORT.</content>
public sealed partial class SctpAssociation
{
    /// <summary>Heartbeat info: time sent (8), random (8), purpose: probed packet size, or one of the two below (4).</summary>
    private const int HeartbeatInfoLength = 20;

    /// <summary>A HEARTBEAT chunk without padding.</summary>
    private const int HeartbeatLength = (2 * ChunkReader.HeaderLength) + HeartbeatInfoLength;

    private const int PurposeAlive = 0;
    private const int PurposeWindow = 1;

    /// <summary>How often the round trip time is measured while the peer uploads.</summary>
    private static readonly TimeSpan WindowProbeInterval = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan WindowProbeTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Reasons of an ABORT are for logs; a line is enough.</summary>
    private const int MaxReasonLength = 128;

    private ulong _heartbeatNonce;
    private bool _heartbeatOutstanding;
    private int _heartbeatsMissed;
    private ulong _windowNonce;
    private Timestamp _windowProbeAt;
    private long _bytesAtWindowProbe;

    /// <summary>Runs what <see cref="NextDeadline"/> announced; harmless when called early.</summary>
    public void HandleTimeout(Timestamp now)
    {
        if (State == SctpState.Ended)
        {
            return;
        }

        if (_timers.TryExpire(SctpTimer.Handshake, now))
        {
            OnHandshakeTimer(now);
        }

        if (!IsAssociated)
        {
            return;
        }

        _receiver!.HandleTimeout(now);
        if (!_sender.HandleTimeout(now))
        {
            AbortFor(SctpCloseReason.PeerUnreachable, ErrorCause.UserInitiatedAbort, "data stayed unacknowledged in all tries");
            return;
        }

        CheckBlackHole(now);
        OnShutdownTimers(now);
        if (State == SctpState.Ended)
        {
            return;
        }

        if (_timers.TryExpire(SctpTimer.Reconfig, now))
        {
            OnReconfigTimer(now);
        }

        if (_timers.TryExpire(SctpTimer.Heartbeat, now))
        {
            OnHeartbeatTimer(now);
        }

        if (_timers.TryExpire(SctpTimer.WindowProbe, now))
        {
            OnWindowProbeTimer(now);
        }

        if (_timers.TryExpire(SctpTimer.MtuProbe, now))
        {
            OnMtuTimer(now);
        }
    }

    /// <summary>Ends at once; the peer gets an ABORT with the reason if it can be reached.</summary>
    public void Abort(Timestamp now, string reason)
    {
        if (State == SctpState.Ended)
        {
            return;
        }

        byte[] text = Encoding.UTF8.GetBytes(reason);
        QueueAbort(_peerTag, reflected: false, ErrorCause.UserInitiatedAbort, text.AsSpan(0, Math.Min(text.Length, MaxReasonLength)));
        End(SctpCloseReason.AbortedLocally, reason);
    }

    private void AbortFor(SctpCloseReason reason, ushort cause, string detail)
    {
        QueueAbort(_peerTag, reflected: false, cause, default);
        End(reason, detail);
    }

    private void QueueAbort(uint tag, bool reflected, ushort cause, ReadOnlySpan<byte> text)
    {
        if (tag == 0 && !reflected)
        {
            return;
        }

        Span<byte> value = stackalloc byte[ErrorCause.HeaderLength + MaxReasonLength];
        int length = ErrorCause.Write(value, cause, text);
        Span<byte> packet = stackalloc byte[SctpOptions.MinimumPacketSize];
        var writer = new SctpPacketWriter(packet, _options.Port, tag);
        value[..length].CopyTo(writer.Append(ChunkType.Abort, reflected ? TagReflectedFlag : (byte)0, length));
        _outOfBand.Enqueue(packet[..writer.Finish(zeroChecksum: false)]);
    }

    /// <summary>The peer goes on after the end: it missed our ABORT or SHUTDOWN-COMPLETE (RFC 9260 section 8.4).</summary>
    private void AnswerAfterEnd(ReadOnlySpan<byte> chunks, uint tag)
    {
        var type = (ChunkType)chunks[0];
        if (type == ChunkType.ShutdownAck)
        {
            QueueShutdownComplete(tag);
        }
        else if (type is not (ChunkType.Abort or ChunkType.ShutdownComplete or ChunkType.Init or ChunkType.CookieAck or ChunkType.Error))
        {
            QueueAbort(tag, reflected: true, ErrorCause.UserInitiatedAbort, default);
        }
    }

    private void QueueError(ushort cause, ReadOnlySpan<byte> value)
    {
        Span<byte> chunk = stackalloc byte[ChunkReader.HeaderLength + ErrorCause.HeaderLength + MaxReasonLength];
        value = value[..Math.Min(value.Length, MaxReasonLength)];
        int length = ChunkReader.HeaderLength + ErrorCause.Write(chunk[ChunkReader.HeaderLength..], cause, value);
        chunk[0] = (byte)ChunkType.Error;
        chunk[1] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(chunk[2..], (ushort)length);
        _control.Enqueue(chunk[..length]);
    }

    private void QueueStaleCookieError(uint peerTag, TimeSpan staleness)
    {
        Span<byte> measure = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(measure, (uint)Math.Clamp(staleness.TotalMicroseconds, 0, uint.MaxValue));
        Span<byte> value = stackalloc byte[ErrorCause.HeaderLength + 4];
        ErrorCause.Write(value, ErrorCause.StaleCookie, measure);
        Span<byte> packet = stackalloc byte[64];
        var writer = new SctpPacketWriter(packet, _options.Port, peerTag);
        value.CopyTo(writer.Append(ChunkType.Error, 0, value.Length));
        _outOfBand.Enqueue(packet[..writer.Finish(zeroChecksum: false)]);
    }

    private void HandleHeartbeat(ReadOnlySpan<byte> value)
    {
        // RFC 9260 8.3: the information goes back as it came. A larger one could not leave if the path came to take small packets only.
        int length = ChunkReader.HeaderLength + value.Length;
        if (SctpPacketWriter.HeaderLength + ChunkReader.Padded(length) > _options.PacketSize)
        {
            return;
        }

        Span<byte> chunk = stackalloc byte[length];
        chunk[0] = (byte)ChunkType.HeartbeatAck;
        chunk[1] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(chunk[2..], (ushort)length);
        value.CopyTo(chunk[ChunkReader.HeaderLength..]);
        _control.Enqueue(chunk[..length]);
    }

    private void HandleHeartbeatAck(ReadOnlySpan<byte> value, Timestamp now)
    {
        if (value.Length < ChunkReader.HeaderLength + HeartbeatInfoLength
            || BinaryPrimitives.ReadUInt16BigEndian(value) != ParameterType.HeartbeatInfo)
        {
            _packetsDiscarded++;
            return;
        }

        ReadOnlySpan<byte> info = value[ChunkReader.HeaderLength..];
        var sentAt = new Timestamp(BinaryPrimitives.ReadInt64BigEndian(info));
        ulong nonce = BinaryPrimitives.ReadUInt64BigEndian(info[8..]);
        int probed = (int)BinaryPrimitives.ReadUInt32BigEndian(info[16..]);
        if (probed == PurposeWindow)
        {
            if (nonce == _windowNonce && sentAt <= now)
            {
                _windowNonce = 0;
                _receiver!.Tuner.OnRoundTripTime(now - sentAt);
            }

            return;
        }

        if (probed > PurposeWindow)
        {
            OnMtuProbeAcknowledged(probed, nonce, now);
            return;
        }

        if (!_heartbeatOutstanding || nonce != _heartbeatNonce || sentAt > now)
        {
            return;
        }

        _heartbeatOutstanding = false;
        _heartbeatsMissed = 0;
        _rtt.OnSample(now - sentAt, now);
    }

    private void OnHeartbeatTimer(Timestamp now)
    {
        if (_heartbeatOutstanding && ++_heartbeatsMissed > _options.MaxRetransmissions)
        {
            AbortFor(SctpCloseReason.PeerUnreachable, ErrorCause.UserInitiatedAbort, "heartbeats stayed unanswered");
            return;
        }

        _heartbeatNonce = _random.NextUInt64();
        _heartbeatOutstanding = true;
        Span<byte> chunk = stackalloc byte[HeartbeatLength];
        WriteHeartbeat(chunk, _heartbeatNonce, PurposeAlive, now);
        _control.Enqueue(chunk);
        _timers.Set(SctpTimer.Heartbeat, now + (_heartbeatsMissed > 0 ? _rtt.Timeout : _options.HeartbeatInterval));
    }

    /// <summary>The peer uploads: its answers to heartbeats wait in the queues its data fills, which tells how long those are.</summary>
    private void StartWindowProbes(Timestamp now)
    {
        if (_receiver!.Tuner.WantsRoundTripTimes && !_timers.IsRunning(SctpTimer.WindowProbe))
        {
            _timers.Set(SctpTimer.WindowProbe, now + WindowProbeInterval);
            _bytesAtWindowProbe = _receiver.DataBytesReceived;
        }
    }

    private void OnWindowProbeTimer(Timestamp now)
    {
        // A trickle fills no queue and needs no probe.
        if (_receiver!.DataBytesReceived - _bytesAtWindowProbe < 8 * MaxPacketSize)
        {
            return;
        }

        // One at a time; a lost one is replaced after a while.
        _timers.Set(SctpTimer.WindowProbe, now + WindowProbeInterval);
        if (_windowNonce != 0 && now - _windowProbeAt < WindowProbeTimeout)
        {
            return;
        }

        _windowNonce = _random.NextUInt64() | 1;
        _windowProbeAt = now;
        Span<byte> chunk = stackalloc byte[HeartbeatLength];
        WriteHeartbeat(chunk, _windowNonce, PurposeWindow, now);
        _control.Enqueue(chunk);
        _bytesAtWindowProbe = _receiver.DataBytesReceived;
    }

    /// <param name="chunk">All of it becomes the HEARTBEAT; what is beyond <see cref="HeartbeatLength"/> is zero.</param>
    private static void WriteHeartbeat(Span<byte> chunk, ulong nonce, int purpose, Timestamp now)
    {
        chunk[0] = (byte)ChunkType.Heartbeat;
        chunk[1] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(chunk[2..], (ushort)chunk.Length);
        BinaryPrimitives.WriteUInt16BigEndian(chunk[4..], ParameterType.HeartbeatInfo);
        BinaryPrimitives.WriteUInt16BigEndian(chunk[6..], (ushort)(chunk.Length - ChunkReader.HeaderLength));
        BinaryPrimitives.WriteInt64BigEndian(chunk[8..], now.Ticks);
        BinaryPrimitives.WriteUInt64BigEndian(chunk[16..], nonce);
        BinaryPrimitives.WriteUInt32BigEndian(chunk[24..], (uint)purpose);
        chunk[HeartbeatLength..].Clear();
    }

    private void ScheduleHeartbeat(Timestamp now)
    {
        if (_options.HeartbeatInterval > TimeSpan.Zero)
        {
            _timers.Set(SctpTimer.Heartbeat, now + _options.HeartbeatInterval);
        }
    }

    /// <summary>Heartbeats are for idle times: anything that is answered puts them off.</summary>
    private void OnSomethingSent(Timestamp now)
    {
        if (_sender.Ring.Count > 0)
        {
            ScheduleHeartbeat(now);
        }
    }
}
