using PeerProxy.Protocol.Signaling;

namespace PeerProxy.Agent.Signaling;

/// <summary>What the signaling service, or the state of the connection to it, tells the agent.</summary>
public abstract record SignalingEvent;

/// <summary>The agent is reachable under an id; comes after each (re)connection.</summary>
/// <param name="Assigned">Id, URL and lease.</param>
/// <param name="IsReconnect">False the first time.</param>
public sealed record PeerAssigned(IdAssignedPayload Assigned, bool IsReconnect) : SignalingEvent;

/// <summary>A visitor offers a session, or an ICE restart of one.</summary>
/// <param name="Visitor">The visitor's id: the recipient of answer and candidates.</param>
/// <param name="Offer">Its offer.</param>
public sealed record OfferReceived(string Visitor, OfferPayload Offer) : SignalingEvent;

/// <summary>A candidate of a visitor.</summary>
public sealed record CandidateReceived(string Visitor, CandidatePayload Candidate) : SignalingEvent;

/// <summary>A visitor's session is over.</summary>
public sealed record VisitorLeft(string Visitor, string? Reason) : SignalingEvent;

/// <summary>STUN and TURN servers to use from now on.</summary>
public sealed record IceServersReceived(IceServersPayload Servers) : SignalingEvent;

/// <summary>The node refused one message, or reports that a visitor is gone; the connection goes on.</summary>
public sealed record RequestRefused(ErrorPayload Error) : SignalingEvent;

/// <summary>There is no connection now; the client tries again by itself.</summary>
/// <param name="Failure">What happened.</param>
/// <param name="RetryIn">The wait before the next attempt.</param>
/// <param name="EverConnected">False while the service was never reached.</param>
public sealed record SignalingInterrupted(SignalingFailure Failure, TimeSpan RetryIn, bool EverConnected) : SignalingEvent;
