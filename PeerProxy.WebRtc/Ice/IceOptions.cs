namespace PeerProxy.WebRtc.Ice;

/// <summary>Settings of one <see cref="IceAgent"/>. The defaults follow RFC 8445 and RFC 7675, with a check RTO suited to browsers.</summary>
public sealed class IceOptions
{
    /// <summary>Fragment and password of this side. The fragment has 8 characters or more where it encodes a session index.</summary>
    public required IceCredentials LocalCredentials { get; init; }

    public IceRole Role { get; init; } = IceRole.Controlled;

    /// <summary>Ta: least time between two own checks. Triggered checks do not wait for it.</summary>
    public TimeSpan CheckPace { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>First wait for the answer to a check on a path whose round-trip time is unknown; doubles with each try.</summary>
    public TimeSpan InitialRto { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>A round-trip time known from elsewhere (an earlier session with this remote); doubles as first RTO. Null: unknown.</summary>
    public TimeSpan? KnownRoundTripTime { get; init; }

    /// <summary>Without any working path after this long, the agent has failed.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Silence on the selected path, including authenticated traffic, that makes it <see cref="IceState.Disconnected"/>.</summary>
    public TimeSpan DisconnectedAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Mean time between consent checks; each wait is 0.8 to 1.2 of it (RFC 7675 section 5.1).</summary>
    public TimeSpan ConsentInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Without an answer for this long, sending stops (RFC 7675 section 5.1).</summary>
    public TimeSpan ConsentExpiry { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Controlling: how long a better pair still being checked may delay the nomination of one that works.</summary>
    public TimeSpan NominationPatience { get; init; } = TimeSpan.FromMilliseconds(300);
}
