using PeerProxy.Agent.Cli;

namespace PeerProxy.Agent;

/// <summary>The <c>peerproxy</c> command, startable inside another process.</summary>
public static class AgentApp
{
    /// <summary>Runs the command until it ends or is cancelled.</summary>
    /// <param name="output">Where the link and events go.</param>
    /// <param name="error">Where errors and logs go.</param>
    /// <param name="cancellationToken">As Ctrl-C: an orderly end with exit code 0.</param>
    /// <returns>The exit code, one of <see cref="Hosting.AgentExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, CancellationToken cancellationToken) =>
        (int)await new AgentCommandLine(output, error).RunAsync(args, cancellationToken).ConfigureAwait(false);
}
