using PeerProxy.Agent.Forwarding;
using PeerProxy.Agent.Hosting;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Tests.EndToEnd.Compatibility;

/// <summary>One more agent on the suite's edge, with a target, a key and a data folder of its own.</summary>
internal sealed class ExtraAgent : IAsyncDisposable
{
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("peerproxy-extra-");
    private AgentHost? _host;

    public Uri Link => new(_host!.Link);

    /// <param name="target">As a person types it.</param>
    public static async Task<ExtraAgent> StartAsync(PeerProxySuite suite, string target, bool acceptAnyCertificate = false)
    {
        var agent = new ExtraAgent();
        try
        {
            agent._host = await AgentHost.StartAsync(new AgentHostOptions
            {
                Target = TargetAddress.TryParse(target, out var address, out var problem) ? address : throw new ArgumentException(problem, nameof(target)),
                Server = suite.EdgeUrl,
                DataFolder = agent._data.FullName,
                IncludeLoopback = true,
                AcceptAnyCertificate = acceptAnyCertificate,
            });
            return agent;
        }
        catch
        {
            await agent.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        _data.Delete(recursive: true);
    }
}
