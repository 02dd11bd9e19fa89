namespace PeerProxy.Protocol.Tunnel;

/// <summary>Bits of the setting FEATURES (docs/protocol.md, section 1).</summary>
public static class TunnelFeatures
{
    /// <summary>The side takes lanes: further associations that carry streams (docs/protocol.md, section 8).</summary>
    public const uint Lanes = 0x0000_0001;
}
