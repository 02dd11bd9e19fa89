namespace PeerProxy.WebRtc.Stun;

/// <summary>One attribute in place; the value is without padding.</summary>
public readonly ref struct StunAttribute(StunAttributeType type, ReadOnlySpan<byte> value)
{
    public StunAttributeType Type { get; } = type;

    public ReadOnlySpan<byte> Value { get; } = value;
}
