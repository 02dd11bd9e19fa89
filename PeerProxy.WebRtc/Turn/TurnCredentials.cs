namespace PeerProxy.WebRtc.Turn;

/// <summary>Long-term credentials (RFC 8489 section 9.2); with time-limited ones the user name carries the expiry.</summary>
public sealed record TurnCredentials(string Username, string Password)
{
    /// <summary>The password stays out of logs.</summary>
    public override string ToString() => $"TURN user {Username}";
}
