namespace PeerProxy.Protocol.Signaling;

/// <summary>The values of <c>mtype</c>.</summary>
public static class SignalingMessageType
{
    public const string Challenge = "challenge";
    public const string IdRequest = "idRequest";
    public const string IdAssigned = "idAssigned";
    public const string IceServers = "iceServers";
    public const string Offer = "offer";
    public const string Answer = "answer";
    public const string Candidate = "candidate";
    public const string Leave = "leave";
    public const string Ping = "ping";
    public const string Pong = "pong";
    public const string Error = "error";
    public const string Drain = "drain";
}
