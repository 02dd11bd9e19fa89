namespace PeerProxy.WebRtc.Sctp;

/// <summary>Numbers that wrap on the wire (RFC 1982), counted without wrapping inside.</summary>
/// <remarks>TSNs, SSNs, MIDs and request numbers are <see cref="long"/> everywhere but on the wire, so no comparison in the stack can be wrong at a wrap.</remarks>
internal static class SerialNumber
{
    /// <summary>Where the count of a 32-bit number starts: far enough from zero that older numbers do not go below it.</summary>
    public static long Start(uint wire) => (1L << 32) + wire;

    /// <summary>The count nearest to <paramref name="reference"/> whose low 32 bits are <paramref name="wire"/>.</summary>
    public static long Unwrap(long reference, uint wire) => reference + (int)(wire - (uint)reference);

    /// <summary>The count nearest to <paramref name="reference"/> whose low 16 bits are <paramref name="wire"/>.</summary>
    public static long Unwrap16(long reference, ushort wire) => reference + (short)(wire - (ushort)reference);
}
