using PeerProxy.Agent.Tunnel;

namespace PeerProxy.Tests.TestKit.Tunnel;

/// <summary>A visitor and an agent connected by in-memory channels; the streams channel reorders unless told otherwise.</summary>
internal sealed class TunnelPair : IAsyncDisposable
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    public TunnelPair(Action<TunnelStream> streamOpened, int? seed = 1, TunnelConnectionOptions? visitorOptions = null)
    {
        (VisitorControl, AgentControl) = MemoryDataChannel.CreatePair("control");
        (VisitorStreams, AgentStreams) = MemoryDataChannel.CreatePair("streams", seed);
        Agent = new TunnelConnection(AgentControl, AgentStreams, TunnelRole.Agent, new TunnelConnectionOptions { StreamOpened = streamOpened });
        Agent.Start();
        Client = new TunnelClient(VisitorControl, VisitorStreams, visitorOptions);
    }

    public TunnelConnection Agent { get; }

    public TunnelClient Client { get; }

    public MemoryDataChannel VisitorControl { get; }

    public MemoryDataChannel VisitorStreams { get; }

    public MemoryDataChannel AgentControl { get; }

    public MemoryDataChannel AgentStreams { get; }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Agent.DisposeAsync();
        await VisitorControl.CloseAsync();
        await VisitorStreams.CloseAsync();
    }
}
