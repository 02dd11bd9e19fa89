namespace PeerProxy.WebRtc.Ice;

/// <summary>Who nominates (RFC 8445 section 6.1.1).</summary>
public enum IceRole
{
    /// <summary>Follows the other side's nominations: an answerer, or whoever advertises ice-lite.</summary>
    Controlled,

    /// <summary>Nominates: normally the offerer.</summary>
    Controlling,
}
