namespace PeerProxy.WebRtc.Dtls;

/// <summary>One end of a DTLS 1.2 session (RFC 6347), without sockets and without a clock. Not thread-safe.</summary>
/// <remarks>
/// The driver hands in datagrams and time, then drains <see cref="TryReadPayload"/> and <see cref="TryPollDatagram"/> until both return false,
/// and calls <see cref="HandleTimeout"/> at <see cref="NextDeadline"/> and whenever the endpoint's wake callback was raised.
/// </remarks>
public interface IDtlsEndpoint : IDisposable
{
    DtlsState State { get; }

    /// <summary>Why <see cref="State"/> is <see cref="DtlsState.Failed"/>; <see cref="DtlsFailure.None"/> otherwise.</summary>
    DtlsFailure Failure { get; }

    /// <summary>
    /// True once <see cref="Protect"/> may be used. On the client this is before the server's Finished arrived (false start, RFC 7918):
    /// the server's certificate and key exchange are verified by then. Nothing received is handed out before the handshake is complete.
    /// </summary>
    bool CanProtect { get; }

    /// <summary>Time of the first retransmission of a flight; the driver takes it from the measured round trip.</summary>
    TimeSpan RetransmitTimeout { get; set; }

    Timestamp NextDeadline { get; }

    /// <summary>The client says hello; the server begins to listen.</summary>
    void Start(Timestamp now);

    /// <summary>Takes one received datagram; anything malformed in it is dropped silently (RFC 6347 4.1.2.7).</summary>
    void Handle(ReadOnlySpan<byte> datagram, Timestamp now);

    void HandleTimeout(Timestamp now);

    /// <summary>Repeats a hello that nobody has answered yet, because the path has just become usable.</summary>
    void RepeatHello(Timestamp now);

    /// <summary>Says close_notify when there is a session, and ends it.</summary>
    void Close(Timestamp now);

    /// <summary>The next datagram to send, at most <see cref="DtlsLimits.MaxDatagramBytes"/>.</summary>
    bool TryPollDatagram(Span<byte> destination, out int length);

    /// <summary>Turns one packet of the layer above into one record of <see cref="DtlsLimits.RecordOverheadBytes"/> more.</summary>
    /// <returns>False when there is no session or <paramref name="destination"/> is too small.</returns>
    bool Protect(ReadOnlySpan<byte> plaintext, Span<byte> destination, out int written);

    /// <summary>The next decrypted packet; valid until the next call into this endpoint.</summary>
    bool TryReadPayload(out ReadOnlySpan<byte> payload);
}
