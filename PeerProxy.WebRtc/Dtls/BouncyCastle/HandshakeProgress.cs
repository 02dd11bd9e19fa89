namespace PeerProxy.WebRtc.Dtls.BouncyCastle;

/// <summary>What the handshake thread has got done.</summary>
/// <param name="Flight">A new flight to send, or null.</param>
/// <param name="HasMoreFlights">Ask again: another flight waits.</param>
/// <param name="Protector">The traffic keys, once agreed.</param>
/// <param name="IsDone">The handshake is over: <paramref name="Error"/> tells how.</param>
/// <param name="Error">Null when the session stands.</param>
internal readonly record struct HandshakeProgress(
    List<FlightRecord>? Flight, bool HasMoreFlights, RecordProtector? Protector, bool IsDone, Exception? Error);
