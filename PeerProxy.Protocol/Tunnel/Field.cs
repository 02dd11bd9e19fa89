namespace PeerProxy.Protocol.Tunnel;

/// <summary>One field line of a head or of trailers.</summary>
/// <param name="Name">Lower case; pseudo-fields start with a colon.</param>
/// <param name="Value">Octets as Latin-1 characters (U+0000..U+00FF), without NUL, CR and LF.</param>
public readonly record struct Field(string Name, string Value)
{
    public override string ToString() => $"{Name}: {Value}";
}
