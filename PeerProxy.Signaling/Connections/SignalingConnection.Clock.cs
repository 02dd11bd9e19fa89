using PeerProxy.Protocol.Signaling;

namespace PeerProxy.Signaling.Connections;

internal sealed partial class SignalingConnection
{
    private static readonly byte[] Ping = SignalingCodec.Write(new SignalingEnvelope(new PingPayload()));

    private long _lastReceived;
    private long _lastPinged;
    private long _serversIssued;

    /// <summary>When the socket opened.</summary>
    public long OpenedAt { get; }

    /// <summary>Whether a message arrived.</summary>
    public bool HasSpoken { get; private set; }

    /// <summary>Notes that ICE servers were sent now.</summary>
    public void MarkServersIssued() => Volatile.Write(ref _serversIssued, _terms.Time.GetTimestamp());

    /// <summary>Looks at all deadlines of this socket: cuts it off, or pings it. Called about once a second.</summary>
    /// <param name="now">The time.</param>
    /// <param name="renewServersAfter">Age at which ICE servers are due again.</param>
    /// <returns>True when ICE servers are due.</returns>
    public bool Tick(long now, TimeSpan? renewServersAfter)
    {
        var quiet = Since(Volatile.Read(ref _lastReceived), now);
        bool isClosing;
        bool isStuck;
        lock (this)
        {
            if (_isAborted)
            {
                return false;
            }
            isClosing = _closing is { } closing && Since(closing.Since, now) >= _terms.Limits.CloseTimeout;
            isStuck = _isSending && _sendStarted != long.MaxValue && Since(_sendStarted, now) >= _terms.Limits.SendTimeout;
        }
        if (isStuck)
        {
            Abort(CutOffReason.SlowConsumer);
        }
        else if (isClosing)
        {
            Abort(CutOffReason.NotClosing);
        }
        else if ((!HasSpoken && Since(OpenedAt, now) >= _terms.Limits.FirstMessage)
            || (!IsVisitor && Registration is null && Since(OpenedAt, now) >= _terms.Limits.Registration))
        {
            Abort(CutOffReason.Silent);
        }
        else if (quiet >= _terms.Limits.DeadAfter)
        {
            Abort(CutOffReason.Dead);
        }
        else if (quiet >= _terms.Limits.PingInterval && Since(_lastPinged, now) >= _terms.Limits.PingInterval)
        {
            _lastPinged = now;
            Send(Ping);
        }
        return renewServersAfter is { } age && _serversIssued != 0 && Since(_serversIssued, now) >= age;
    }

    private TimeSpan Since(long then, long now) => now > then ? _terms.Time.GetElapsedTime(then, now) : TimeSpan.Zero;
}
