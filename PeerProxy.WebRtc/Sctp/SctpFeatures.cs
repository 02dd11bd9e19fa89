namespace PeerProxy.WebRtc.Sctp;

/// <summary>Extensions of the protocol; used when both sides announced them.</summary>
[Flags]
internal enum SctpFeatures : byte
{
    None = 0,

    /// <summary>FORWARD-TSN (RFC 3758).</summary>
    PartialReliability = 1,

    /// <summary>RE-CONFIG (RFC 6525).</summary>
    StreamReset = 2,

    /// <summary>I-DATA (RFC 8260).</summary>
    Interleaving = 4,

    /// <summary>The announcing side takes packets without checksum (RFC 9653).</summary>
    ZeroChecksum = 8,

    /// <summary>PAD chunks (RFC 4820). They may be skipped like any unknown chunk, but not every peer does that.</summary>
    Padding = 16,
}
