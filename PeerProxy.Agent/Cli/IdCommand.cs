using PeerProxy.Agent.Hosting;
using PeerProxy.Agent.Identity;

namespace PeerProxy.Agent.Cli;

/// <summary><c>peerproxy id</c>: what people compare when they want to be sure of a link.</summary>
internal sealed class IdCommand(TextWriter output, TextWriter error)
{
    public AgentExitCode Run(string? folder)
    {
        try
        {
            var store = new AgentKeyStore(folder);
            using var key = store.LoadOrCreateKey();
            output.WriteLine($"Key hash     {key.KeyHash}");
            output.WriteLine($"Data folder  {store.Folder}");
            return AgentExitCode.Ok;
        }
        catch (AgentKeyStoreException exception)
        {
            error.WriteLine(exception.Message);
            return AgentExitCode.DataFolder;
        }
    }
}
