namespace PeerProxy.Agent.Hosting;

/// <summary>What an agent is doing, for a status line.</summary>
/// <param name="IsRegistered">Whether new visitors can find the agent now.</param>
/// <param name="Visitors">Connected now.</param>
/// <param name="Requests">Requests and WebSockets since the start.</param>
/// <param name="TargetProblem">Why the last request got no response from the target, in a sentence or two; null when it got one.</param>
public readonly record struct AgentStatus(bool IsRegistered, int Visitors, long Requests, string? TargetProblem);
