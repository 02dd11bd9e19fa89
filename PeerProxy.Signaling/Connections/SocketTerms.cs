using PeerProxy.Protocol.Signaling;
using PeerProxy.Signaling.Limits;

namespace PeerProxy.Signaling.Connections;

/// <summary>What all sockets of a node have in common: one object for all of them.</summary>
/// <param name="Limits">The limits of every socket.</param>
/// <param name="Time">The clock of buckets and deadlines.</param>
/// <param name="CutOff">Called once when a socket is cut off.</param>
/// <param name="Refused">Called when a message is answered with an error.</param>
internal sealed record SocketTerms(
    NodeLimits Limits, TimeProvider Time, Action<SignalingConnection, CutOffReason> CutOff, Action<SignalingErrorCode> Refused);
