namespace PeerProxy.WebRtc.Turn;

/// <summary>News of an allocation.</summary>
/// <param name="Peer">For <see cref="TurnEventKind.PeerRefused"/>; the port may be 0.</param>
public readonly record struct TurnEvent(TurnEventKind Kind, TransportAddress Peer = default);
