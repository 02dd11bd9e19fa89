using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using PeerProxy.Tests.TestKit.NetLab;
using PeerProxy.Tests.TestKit.Suite;
using PeerProxy.WebClient;

namespace PeerProxy.Tests.EndToEnd.Chaos;

/// <summary>Three signaling nodes, each a process that can be killed, on one Redis that can be killed, behind one edge.</summary>
internal sealed class NodeCluster : IAsyncDisposable
{
    public const int Nodes = 3;

    private readonly LabProcess?[] _nodes = new LabProcess?[Nodes];
    private readonly int[] _ports = [.. Enumerable.Range(0, Nodes).Select(_ => RedisProcess.FreePort())];
    private readonly int _edgePort = RedisProcess.FreePort();
    private readonly WebApplication _edge;

    private NodeCluster(RedisProcess redis)
    {
        Redis = redis;
        _edge = EdgeApp.Build(
            ["--urls", $"http://localhost:{_edgePort}", "--Signaling:Nodes", string.Join(',', Enumerable.Range(0, Nodes).Select(NodeUrl))],
            builder => builder.Logging.ClearProviders());
    }

    public RedisProcess Redis { get; }

    public Uri EdgeUrl => new($"http://localhost:{_edgePort}/");

    /// <summary>Starts everything, or skips the test where Redis is missing.</summary>
    public static async Task<NodeCluster> StartOrSkipAsync()
    {
        var cluster = new NodeCluster(await RedisProcess.StartAsync());
        await Task.WhenAll(Enumerable.Range(0, Nodes).Select(cluster.StartNodeAsync));
        await cluster._edge.StartAsync();
        return cluster;
    }

    public Uri NodeUrl(int node) => new($"http://127.0.0.1:{_ports[node]}");

    public bool IsUp(int node) => _nodes[node] is not null;

    public async Task StartNodeAsync(int node)
    {
        // Every client of this test has one address: what is limited per address stays out of the way.
        var started = LabProcess.Start(
            $"node {node}",
            [
                .. OwnProgram.Command("PeerProxy.Signaling"), "--urls", NodeUrl(node).ToString(), "--ConnectionStrings:redis", Redis.ConnectionString,
                "--Signaling:PublicUrl", $"http://{{id}}.localhost:{_edgePort}", "--Signaling:TrustedProxies", "127.0.0.1,::1", "--Signaling:Lease", "00:00:06",
                "--Signaling:Limits:SocketsPerAddress", "100000", "--Signaling:Limits:ConnectsPerAddress:Burst", "1000000",
                "--Signaling:Limits:RegistrationsPerAddress:Burst", "1000000",
            ],
            environment: null);
        await started.WaitForAsync("Now listening on");
        _nodes[node] = started;
    }

    /// <summary>What <c>kill -9</c> does.</summary>
    public async Task KillNodeAsync(int node)
    {
        var killed = _nodes[node]!;
        _nodes[node] = null;
        await killed.DisposeAsync();
    }

    public string Describe() => string.Join('\n', _nodes.OfType<LabProcess>().Select(node => $"--- {node.Name}\n{node.Log}"));

    public async ValueTask DisposeAsync()
    {
        await _edge.DisposeAsync();
        foreach (var node in _nodes.OfType<LabProcess>())
        {
            await node.DisposeAsync();
        }

        await Redis.DisposeAsync();
    }
}
