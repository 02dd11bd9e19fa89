namespace PeerProxy.WebRtc.Dtls;

/// <summary>One record of a handshake flight before numbering and protection, so that each retransmission gets fresh numbers.</summary>
internal readonly record struct FlightRecord(byte ContentType, ushort Version, bool IsProtected, byte[] Payload)
{
    /// <summary>Handshake message number (RFC 6347 4.2.2); -1 when this is no handshake message in clear.</summary>
    public int MessageSequence =>
        ContentType == DtlsRecordHeader.Handshake && Payload.Length >= 6 ? (Payload[4] << 8) | Payload[5] : -1;

    public int RecordBytes => Payload.Length + (IsProtected ? DtlsLimits.RecordOverheadBytes : DtlsRecordHeader.Size);
}
