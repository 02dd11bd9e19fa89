namespace PeerProxy.WebRtc.Sctp;

/// <summary>How one message is sent. The default value is ordered, fully reliable, of middle urgency.</summary>
public readonly record struct SctpSendOptions
{
    /// <summary>Lowest urgency value: goes first.</summary>
    public const byte MostUrgent = 0;

    /// <summary>Highest urgency value: goes when nothing else waits.</summary>
    public const byte LeastUrgent = 7;

    public const byte DefaultUrgency = 3;

    private readonly byte _urgencyPlusOne;

    /// <summary>Deliver as soon as it is complete, not after earlier messages of the stream.</summary>
    public bool Unordered { get; init; }

    /// <summary>Give up after this many retransmissions of one of its fragments (RFC 7496); null: never.</summary>
    public ushort? MaxRetransmits { get; init; }

    /// <summary>Give up when not delivered within this time of <see cref="SctpAssociation.TrySend"/> (RFC 3758); null: never.</summary>
    public TimeSpan? Lifetime { get; init; }

    /// <summary>0 (first) to 7 (last), as RFC 9218; default 3. Among equals, streams take turns message by message.</summary>
    public byte Urgency
    {
        get => _urgencyPlusOne == 0 ? DefaultUrgency : (byte)(_urgencyPlusOne - 1);
        init => _urgencyPlusOne = (byte)(Math.Min(value, LeastUrgent) + 1);
    }
}
