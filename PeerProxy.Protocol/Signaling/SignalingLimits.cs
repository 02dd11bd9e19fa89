namespace PeerProxy.Protocol.Signaling;

/// <summary>Limits of signaling messages that both sides of a socket enforce.</summary>
public static class SignalingLimits
{
    /// <summary>The protocol version this code speaks.</summary>
    public const int Version = 1;

    /// <summary>Bytes of one message. An offer with every candidate of a machine with many interfaces stays below 16 KiB.</summary>
    public const int MaxMessageBytes = 64 * 1024;

    /// <summary>Nesting of a message; the deepest one defined has 5 levels.</summary>
    public const int MaxDepth = 12;

    /// <summary>Characters of a connection id: a peer id has at most 40, a visitor id 33.</summary>
    public const int MaxIdLength = 64;

    /// <summary>Bytes of a visitor's nonce: fewer could repeat, more carry nothing.</summary>
    public const int MinNonceBytes = 16;

    /// <inheritdoc cref="MinNonceBytes"/>
    public const int MaxNonceBytes = 64;

    /// <summary>Bytes of a node's challenge nonce.</summary>
    public const int ChallengeNonceBytes = 32;

    /// <summary>Characters of a base64url SubjectPublicKeyInfo; a P-256 key has 122.</summary>
    public const int MaxPublicKeyLength = 256;

    /// <summary>Characters of a base64url signature; P-256 has 86.</summary>
    public const int MaxSignatureLength = 128;

    /// <summary>Characters of a candidate line; browsers' lines stay below 200.</summary>
    public const int MaxCandidateLength = 1024;

    /// <summary>Characters of an SDP media id.</summary>
    public const int MaxSdpMidLength = 64;

    /// <summary>Characters of a text meant for people (reasons, error messages).</summary>
    public const int MaxTextLength = 512;

    /// <summary>Characters of short machine words (codes, types, node names).</summary>
    public const int MaxWordLength = 64;

    /// <summary>Entries of an <c>iceServers</c> list, and URLs of one entry.</summary>
    public const int MaxIceServers = 16;
}
