using PeerProxy.Protocol.Signaling;
using PeerProxy.Signaling.Connections;

namespace PeerProxy.Signaling.Telemetry;

/// <summary>Log messages of a node. Addresses, keys, signatures, credentials and session descriptions are never among them.</summary>
internal static partial class SignalingLog
{
    [LoggerMessage(1, LogLevel.Debug, "Socket {Connection} opened (visitor: {IsVisitor})", EventName = "SocketOpened")]
    public static partial void Opened(ILogger logger, string connection, bool isVisitor);

    [LoggerMessage(2, LogLevel.Debug, "Socket {Connection} closed", EventName = "SocketClosed")]
    public static partial void Closed(ILogger logger, string connection);

    [LoggerMessage(3, LogLevel.Debug, "Socket {Connection} cut off: {Reason}", EventName = "SocketCutOff")]
    public static partial void CutOff(ILogger logger, string connection, CutOffReason reason);

    [LoggerMessage(4, LogLevel.Information, "Agent {PeerId} registered on socket {Connection}", EventName = "AgentRegistered")]
    public static partial void Registered(ILogger logger, string peerId, string connection);

    [LoggerMessage(5, LogLevel.Debug, "Registration on socket {Connection} refused: {Code}", EventName = "RegistrationRefused")]
    public static partial void RegistrationRefused(ILogger logger, string connection, SignalingErrorCode code);

    [LoggerMessage(6, LogLevel.Information, "Agent {PeerId} is registered elsewhere now; socket {Connection} is closed", EventName = "AgentLostToAnother")]
    public static partial void LostToAnother(ILogger logger, string peerId, string connection);

    [LoggerMessage(7, LogLevel.Information, "Draining {Sockets} sockets", EventName = "NodeDraining")]
    public static partial void Draining(ILogger logger, int sockets);

    [LoggerMessage(8, LogLevel.Warning, "The registry is away: {Reason}. Agents of this node stay reachable here", EventName = "RegistryAway")]
    public static partial void RegistryAway(ILogger logger, string reason);

    [LoggerMessage(9, LogLevel.Information, "The registry is back", EventName = "RegistryBack")]
    public static partial void RegistryBack(ILogger logger);

    [LoggerMessage(10, LogLevel.Warning, "The registry lost its data; claims of new names wait until the nodes have put theirs back", EventName = "RegistryEmptied")]
    public static partial void RegistryEmptied(ILogger logger);

    [LoggerMessage(11, LogLevel.Warning, "Sockets cannot be accepted: {Reason}", EventName = "CannotAccept")]
    public static partial void CannotAccept(ILogger logger, string reason);

    [LoggerMessage(12, LogLevel.Error, "A socket failed", EventName = "SocketFailed")]
    public static partial void Failed(ILogger logger, Exception exception);
}
