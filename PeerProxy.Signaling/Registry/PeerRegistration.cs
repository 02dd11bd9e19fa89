using PeerProxy.Protocol.Signaling;

namespace PeerProxy.Signaling.Registry;

/// <summary>One agent's live registration.</summary>
/// <param name="Id">The id it is reachable under.</param>
/// <param name="KeyHash">Hash of the key that owns the id.</param>
/// <param name="Route">Route of the node that holds its socket.</param>
/// <param name="Connection">The socket, unique over all nodes and time: what tells a late close from the registration that replaced it.</param>
/// <param name="Epoch">Milliseconds since 1970 of the agent's start; the higher one of two wins, of equal ones the later.</param>
/// <param name="RegisteredAt">Milliseconds since 1970 on the node's clock; decides between equal epochs when nodes compare notes after an outage.</param>
public sealed record PeerRegistration(PeerId Id, string KeyHash, string Route, string Connection, long Epoch, long RegisteredAt);
