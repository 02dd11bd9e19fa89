namespace PeerProxy.Agent.Signaling;

/// <summary>The stage at which the connection to the signaling service failed.</summary>
public enum SignalingFailureKind
{
    /// <summary>The host name does not resolve.</summary>
    Unresolved,

    /// <summary>Nothing listens there, or the network is down.</summary>
    Unreachable,

    /// <summary>No TLS session: certificate or version.</summary>
    Tls,

    /// <summary>Something answered, but not as a signaling service.</summary>
    NotSignaling,

    /// <summary>No answer in time.</summary>
    Timeout,

    /// <summary>The connection existed and was lost.</summary>
    Lost,

    /// <summary>The node refused the registration.</summary>
    Refused,
}
