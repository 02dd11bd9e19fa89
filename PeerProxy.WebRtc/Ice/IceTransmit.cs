namespace PeerProxy.WebRtc.Ice;

/// <summary>A datagram the agent wrote into the caller's span.</summary>
/// <param name="Length">Bytes written.</param>
/// <param name="BaseId">Which socket or TURN allocation sends it.</param>
public readonly record struct IceTransmit(int Length, int BaseId, TransportAddress Remote);
