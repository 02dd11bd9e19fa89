using PeerProxy.WebRtc.Stun;

namespace PeerProxy.WebRtc.Turn;

/// <summary>One request to the server, until its answer or its end.</summary>
internal sealed class TurnTransaction(StunMethod method)
{
    public StunMethod Method { get; } = method;

    /// <summary>New for each authentication round; the same for retransmissions.</summary>
    public StunTransactionId Id { get; set; }

    /// <summary>The message as sent; retransmissions are identical (RFC 8489 section 6.2.1).</summary>
    public byte[] Message { get; set; } = [];

    public int Tries { get; set; }

    public Timestamp NextTryAt { get; set; }

    /// <summary>How often the server asked for other credentials or a fresh nonce.</summary>
    public int AuthenticationRounds { get; set; }

    /// <summary>Which credentials and nonce the message was made with; empty for none.</summary>
    public byte[] Key { get; set; } = [];

    public TurnCredentials? Credentials { get; set; }

    /// <summary>Peers of a CreatePermission.</summary>
    public List<TurnPermission> Permissions { get; init; } = [];

    /// <summary>Datagrams that left right behind a CreatePermission; the server dropped them if it wanted a fresh nonce first.</summary>
    public List<byte[]> Followers { get; } = [];

    /// <summary>Of a ChannelBind.</summary>
    public TurnChannel? Channel { get; init; }

    /// <summary>Of an Allocate or Refresh.</summary>
    public TimeSpan Lifetime { get; init; }
}
