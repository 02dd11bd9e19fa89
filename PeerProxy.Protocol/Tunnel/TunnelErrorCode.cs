namespace PeerProxy.Protocol.Tunnel;

/// <summary>Codes of RESET and GOAWAY (docs/protocol.md, section 5). Unknown codes are kept as they came.</summary>
public enum TunnelErrorCode : uint
{
    /// <summary>The rest is not needed.</summary>
    NoError = 0,

    /// <summary>The peer broke a rule of the protocol.</summary>
    Protocol = 1,

    /// <summary>A bug or an exhausted resource on the sending side.</summary>
    Internal = 2,

    /// <summary>More than the credit.</summary>
    FlowControl = 3,

    /// <summary>The page, or the user, does not want it any more.</summary>
    Cancelled = 4,

    /// <summary>Not started, may be repeated elsewhere.</summary>
    Refused = 5,

    /// <summary>The target closed or broke the connection in the middle.</summary>
    TargetLost = 6,

    /// <summary>Fewer or more bytes than announced.</summary>
    Incomplete = 7,

    /// <summary>A head, reason or message above a limit.</summary>
    TooLarge = 8,

    /// <summary>No common version.</summary>
    Version = 9,

    /// <summary>The target did not answer in time.</summary>
    Timeout = 10,

    /// <summary>The sender shuts down.</summary>
    GoingAway = 11,
}
