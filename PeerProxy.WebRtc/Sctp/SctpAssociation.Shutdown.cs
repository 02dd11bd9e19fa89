using System.Buffers.Binary;
using PeerProxy.WebRtc.Sctp.Chunks;

namespace PeerProxy.WebRtc.Sctp;

/// <content>Ending in order (RFC 9260 section 9.2).</content>
public sealed partial class SctpAssociation
{
    /// <summary>T5-shutdown-guard: five times the largest timeout the RFC suggests, shortened to what a user waits for.</summary>
    private static readonly TimeSpan ShutdownGuard = TimeSpan.FromSeconds(30);

    private bool _shutdownPending;
    private bool _shutdownAckPending;
    private int _shutdownTries;

    /// <summary>Ends in order: queued messages are delivered first, new ones are refused.</summary>
    public void Shutdown(Timestamp now)
    {
        switch (State)
        {
            case SctpState.Closed:
            case SctpState.CookieWait:
                End(SctpCloseReason.Shutdown, "shut down before the peer answered");
                break;
            case SctpState.CookieEchoed:
                Abort(now, "shut down during the handshake");
                break;
            case SctpState.Established:
                SetState(SctpState.ShutdownPending);
                _timers.Set(SctpTimer.ShutdownGuard, now + ShutdownGuard);
                ContinueShutdown(now);
                break;
        }
    }

    /// <summary>Goes on with a shutdown once nothing of ours is outstanding.</summary>
    private void ContinueShutdown(Timestamp now)
    {
        if (!_sender.IsDrained)
        {
            return;
        }

        if (State == SctpState.ShutdownPending)
        {
            SetState(SctpState.ShutdownSent);
            _shutdownPending = true;
            _timers.Set(SctpTimer.Shutdown, now + _rtt.Timeout);
        }
        else if (State == SctpState.ShutdownReceived)
        {
            EnterShutdownAckSent(now);
        }
    }

    private void EnterShutdownAckSent(Timestamp now)
    {
        SetState(SctpState.ShutdownAckSent);
        _shutdownPending = false;
        _shutdownAckPending = true;
        _shutdownTries = 0;
        _timers.Set(SctpTimer.Shutdown, now + _rtt.Timeout);
    }

    private void WriteShutdown(ref SctpPacketWriter writer, Timestamp now)
    {
        if (_shutdownAckPending && State == SctpState.ShutdownAckSent)
        {
            _shutdownAckPending = false;
            writer.Append(ChunkType.ShutdownAck, 0, 0);
        }

        if (_shutdownPending && State == SctpState.ShutdownSent)
        {
            _shutdownPending = false;
            BinaryPrimitives.WriteUInt32BigEndian(writer.Append(ChunkType.Shutdown, 0, 4), (uint)_receiver!.CumulativeTsn);
            _timers.Set(SctpTimer.Shutdown, now + _rtt.Timeout);
        }
    }

    private void HandleShutdown(ReadOnlySpan<byte> value, Timestamp now)
    {
        if (value.Length < 4)
        {
            _packetsDiscarded++;
            return;
        }

        // Its cumulative TSN acknowledges like a SACK without gaps.
        if (MaySendData)
        {
            _sender.HandleShutdownTsn(BinaryPrimitives.ReadUInt32BigEndian(value), now);
        }

        switch (State)
        {
            case SctpState.Established:
            case SctpState.ShutdownPending:
                SetState(SctpState.ShutdownReceived);
                _timers.Set(SctpTimer.ShutdownGuard, now + ShutdownGuard);
                break;
            case SctpState.ShutdownSent:
                // Both shut down at once.
                EnterShutdownAckSent(now);
                break;
        }
    }

    private void HandleShutdownAck()
    {
        if (State is SctpState.ShutdownSent or SctpState.ShutdownAckSent)
        {
            Span<byte> packet = stackalloc byte[32];
            var writer = new SctpPacketWriter(packet, _options.Port, _peerTag);
            writer.Append(ChunkType.ShutdownComplete, 0, 0);
            _outOfBand.Enqueue(packet[..writer.Finish(zeroChecksum: false)]);
            End(SctpCloseReason.Shutdown, "shut down");
        }
    }

    private void HandleShutdownComplete()
    {
        if (State == SctpState.ShutdownAckSent)
        {
            End(SctpCloseReason.Shutdown, "shut down");
        }
    }

    /// <summary>RFC 9260 8.5.1 E: a SHUTDOWN-ACK outside an association is answered with its own tag.</summary>
    private void QueueShutdownComplete(uint tag)
    {
        Span<byte> packet = stackalloc byte[32];
        var writer = new SctpPacketWriter(packet, _options.Port, tag);
        writer.Append(ChunkType.ShutdownComplete, TagReflectedFlag, 0);
        _outOfBand.Enqueue(packet[..writer.Finish(zeroChecksum: false)]);
    }

    private void OnShutdownTimers(Timestamp now)
    {
        if (_timers.TryExpire(SctpTimer.ShutdownGuard, now))
        {
            AbortFor(SctpCloseReason.PeerUnreachable, ErrorCause.UserInitiatedAbort, "shutdown took too long");
            return;
        }

        if (!_timers.TryExpire(SctpTimer.Shutdown, now))
        {
            return;
        }

        if (++_shutdownTries > _options.MaxRetransmissions)
        {
            AbortFor(SctpCloseReason.PeerUnreachable, ErrorCause.UserInitiatedAbort, "shutdown stayed unanswered");
            return;
        }

        _rtt.BackOff();
        _shutdownPending = State == SctpState.ShutdownSent;
        _shutdownAckPending = State == SctpState.ShutdownAckSent;
        _timers.Set(SctpTimer.Shutdown, now + _rtt.Timeout);
    }
}
