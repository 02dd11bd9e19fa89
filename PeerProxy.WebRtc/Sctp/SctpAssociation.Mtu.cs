using PeerProxy.WebRtc.Sctp.Chunks;
using PeerProxy.WebRtc.Sctp.Send;

namespace PeerProxy.WebRtc.Sctp;

/// <content>Path MTU discovery by large HEARTBEATs (RFC 8899 section 5, RFC 4820).</content>
public sealed partial class SctpAssociation
{
    /// <summary>Timeouts in a row after which large packets are suspected.</summary>
    private const int BlackHoleTimeouts = 2;

    private readonly PathMtuProber _mtu;

    /// <summary>
    /// libwebrtc's stack skips padding as it should without listing it. Others that do not list it may fail at an unknown chunk: their probes carry the padding
    /// as heartbeat information, which comes back, so that the size must pass both ways.
    /// </summary>
    private bool PeerTakesPadding => _peerIsDcsctp || _features.HasFlag(SctpFeatures.Padding);

    /// <summary>Largest packet that is tried on the path in use; the user sets it where it knows more, as of relays.</summary>
    public int PathPacketLimit { get; set; } = int.MaxValue;

    /// <summary>The packet polled last asks whether its size gets through: it must arrive whole or not at all (RFC 8899 3, DF).</summary>
    public bool IsMtuProbe { get; private set; }

    /// <summary>Starts the search once data has flowed for two round trips, so that probes never delay the first bytes.</summary>
    private void StartMtuSearch(Timestamp now)
    {
        if (_mtu.IsEnabled && !_timers.IsRunning(SctpTimer.MtuProbe) && _mtu.Outstanding == 0 && _mtu.DueProbe == 0)
        {
            _timers.Set(SctpTimer.MtuProbe, now + (_rtt.Smoothed * 2));
        }
    }

    private void OnMtuTimer(Timestamp now)
    {
        // What an unknown stack reads its datagrams into need not hold more than Ethernet carries; a longer one may upset it for good.
        int limit = PeerTakesPadding ? PathPacketLimit : Math.Min(PathPacketLimit, PathMtuProber.UsualMaximum);
        _timers.Set(SctpTimer.MtuProbe, now + _mtu.OnTimer(MaxPacketSize, limit, _rtt.Timeout));
    }

    private bool TryWriteMtuProbe(Timestamp now, Span<byte> destination, out int written)
    {
        written = 0;
        int size = _mtu.DueProbe & ~3;
        if (size == 0 || size > destination.Length || State != SctpState.Established)
        {
            return false;
        }

        ulong nonce = _random.NextUInt64();
        var writer = new SctpPacketWriter(destination[..size], _options.Port, _peerTag);
        Span<byte> heartbeat = stackalloc byte[PeerTakesPadding ? HeartbeatLength : writer.Remaining];
        WriteHeartbeat(heartbeat, nonce, _mtu.DueProbe, now);
        writer.AppendEncoded(heartbeat);
        if (PeerTakesPadding)
        {
            writer.Append(ChunkType.Pad, 0, writer.Remaining - ChunkReader.HeaderLength).Clear();
        }

        _mtu.OnSent(nonce);
        IsMtuProbe = true;
        written = writer.Finish(_sendZeroChecksum);
        return true;
    }

    private void OnMtuProbeAcknowledged(int size, ulong nonce, Timestamp now)
    {
        if (_mtu.OnAcknowledged(size, nonce) && size > MaxPacketSize && size <= _options.MaxPacketSize)
        {
            SetPacketSize(size, now);
            OnMtuTimer(now);
        }
    }

    /// <summary>RFC 8899 4.3: nothing gets through any more; perhaps only large packets do not.</summary>
    private void CheckBlackHole(Timestamp now)
    {
        if (_sender.ConsecutiveTimeouts >= BlackHoleTimeouts && MaxPacketSize > _options.PacketSize)
        {
            SetPacketSize(_options.PacketSize, now);
            _timers.Set(SctpTimer.MtuProbe, now + _mtu.OnBlackHole());
        }
    }
}
