namespace PeerProxy.Protocol.Signaling;

/// <summary>Why a message was refused; names, sentences and whether to retry are in <see cref="SignalingErrorInfo"/>.</summary>
public enum SignalingErrorCode
{
    /// <summary>No error.</summary>
    None,

    /// <summary>Not JSON, or a member is missing, of the wrong type or out of range.</summary>
    BadMessage,

    /// <summary>Larger than <see cref="SignalingLimits.MaxMessageBytes"/>.</summary>
    TooLarge,

    /// <summary>An <c>mtype</c> the receiver does not know, or not from this side.</summary>
    UnknownType,

    /// <summary>No such id.</summary>
    UnknownPeer,

    /// <summary>A known id without a live connection.</summary>
    PeerOffline,

    /// <summary>Another key owns the wanted id.</summary>
    NameTaken,

    /// <summary>The wanted id is not a valid <see cref="PeerId"/>.</summary>
    NameInvalid,

    /// <summary>The signature does not verify.</summary>
    BadSignature,

    /// <summary>A newer registration of the same key.</summary>
    Superseded,

    /// <summary>More messages, bytes, offers or sockets than allowed.</summary>
    RateLimited,

    /// <summary>The node has no room.</summary>
    Busy,

    /// <summary>The registry cannot be reached.</summary>
    Unavailable,

    /// <summary>The socket must register first.</summary>
    NotRegistered,

    /// <summary>No common version.</summary>
    Version,
}
