using PeerProxy.Agent.Hosting;

namespace PeerProxy.Agent.Cli;

/// <summary>Tells a person, or a program, what the agent does.</summary>
internal abstract class AgentPresenter
{
    public abstract void Ready(string id, string link, string target);

    public abstract void Status(AgentStatus status);

    public abstract void Failed(AgentStartException failure);

    public abstract void Stopped();
}
