namespace PeerProxy.Agent.Hosting;

/// <summary>The agent cannot start, or cannot go on.</summary>
/// <param name="code">The kind, which is also the exit code.</param>
/// <param name="what">What happened, one sentence.</param>
/// <param name="hint">Likely cause and what to do next.</param>
public sealed class AgentStartException(AgentExitCode code, string what, string hint, Exception? inner = null) : Exception(what, inner)
{
    public AgentExitCode Code { get; } = code;

    public string Hint { get; } = hint;
}
