namespace PeerProxy.WebRtc.Stun;

/// <summary>Asks one STUN server how a UDP socket looks from outside, and keeps asking so that the NAT keeps the mapping (RFC 8489 section 6.2.1). Sans-IO.</summary>
/// <remarks>Drain <see cref="TryPollTransmit"/> and <see cref="TryPollChange"/> after each call that takes a time, then wait until <see cref="NextDeadline"/>.</remarks>
public sealed class StunBinding
{
    /// <summary>First wait for an answer; doubles with each try.</summary>
    public static readonly TimeSpan InitialRto = TimeSpan.FromMilliseconds(250);

    /// <summary>Below the 15 s after which RFC 8445 section 11 wants a keepalive, and the 30 s at which eager NATs forget.</summary>
    public static readonly TimeSpan KeepaliveInterval = TimeSpan.FromSeconds(12);

    /// <summary>A server that did not answer is asked again after this.</summary>
    public static readonly TimeSpan RetryAfterFailure = TimeSpan.FromSeconds(60);

    private const int MaxTries = 7;
    private const int FinalWaitFactor = 16;

    private readonly IRandomSource _random;
    private StunTransactionId _transaction;
    private int _tries;
    private bool _isWaiting;
    private bool _sendNow;
    private bool _changed;
    private Timestamp _sentAt;

    public StunBinding(TransportAddress server, IRandomSource random, Timestamp now)
    {
        Server = server;
        _random = random;
        Begin(now);
    }

    public TransportAddress Server { get; }

    /// <summary>This socket's address as the server saw it last; null before an answer, and when the server stopped answering.</summary>
    public TransportAddress? MappedAddress { get; private set; }

    /// <summary>The server did not answer the last time it was asked.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Of the last request that was answered at the first try.</summary>
    public TimeSpan? RoundTripTime { get; private set; }

    public Timestamp NextDeadline { get; private set; }

    /// <summary>Takes a datagram from the server.</summary>
    /// <returns>True when it was the answer to the open request.</returns>
    public bool Handle(ReadOnlySpan<byte> datagram, in TransportAddress source, Timestamp now)
    {
        if (!_isWaiting
            || source != Server
            || !StunMessageReader.TryParse(datagram, out StunMessageReader message)
            || message.Method != StunMethod.Binding
            || message.TransactionId != _transaction
            || message.Class is not (StunClass.SuccessResponse or StunClass.ErrorResponse))
        {
            return false;
        }

        if (message.Class == StunClass.ErrorResponse || !message.TryGetMappedAddress(out TransportAddress mapped))
        {
            Fail(now);
            return true;
        }

        if (_tries == 1)
        {
            RoundTripTime = now - _sentAt;
        }

        _isWaiting = false;
        _sendNow = false;
        HasFailed = false;
        _changed |= MappedAddress != mapped;
        MappedAddress = mapped;
        NextDeadline = now + KeepaliveInterval;
        return true;
    }

    public void HandleTimeout(Timestamp now)
    {
        if (now < NextDeadline)
        {
            return;
        }

        if (!_isWaiting)
        {
            Begin(now);
        }
        else if (_tries >= MaxTries)
        {
            Fail(now);
        }
        else
        {
            Try(now);
        }
    }

    /// <summary>Writes the request when one is due to leave for <see cref="Server"/>.</summary>
    public bool TryPollTransmit(Span<byte> destination, out int length)
    {
        length = 0;
        if (!_sendNow)
        {
            return false;
        }

        _sendNow = false;
        var writer = new StunMessageWriter(destination, StunClass.Request, StunMethod.Binding, _transaction);
        writer.AddFingerprint();
        length = writer.Length;
        return length > 0;
    }

    /// <summary>True once after <see cref="MappedAddress"/> or <see cref="HasFailed"/> changed.</summary>
    public bool TryPollChange()
    {
        bool changed = _changed;
        _changed = false;
        return changed;
    }

    private void Begin(Timestamp now)
    {
        _transaction = StunTransactionId.Create(_random);
        _isWaiting = true;
        _tries = 0;
        Try(now);
    }

    private void Try(Timestamp now)
    {
        _tries++;
        _sentAt = now;
        _sendNow = true;
        NextDeadline = now + (_tries >= MaxTries ? InitialRto * FinalWaitFactor : InitialRto * (1 << (_tries - 1)));
    }

    private void Fail(Timestamp now)
    {
        _isWaiting = false;
        _sendNow = false;
        _changed |= !HasFailed || MappedAddress is not null;
        HasFailed = true;
        MappedAddress = null;
        NextDeadline = now + RetryAfterFailure;
    }
}
