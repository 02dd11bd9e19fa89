using Garnet;

namespace PeerProxy.AppHost.Embedded;

/// <summary>
/// The Redis-protocol server that the signaling nodes share: Garnet inside this process, or <c>redis-server</c> from the PATH where Garnet does
/// not run. It keeps nothing on disk.
/// </summary>
internal sealed class RegistryServer : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(15);

    private readonly IAsyncDisposable? _process;
    private readonly GarnetServer? _garnet;

    private RegistryServer(int port, string description, GarnetServer? garnet, IAsyncDisposable? process)
    {
        ConnectionString = $"127.0.0.1:{port},abortConnect=false";
        Description = $"{description}, 127.0.0.1:{port}";
        _garnet = garnet;
        _process = process;
    }

    /// <summary>For StackExchange.Redis.</summary>
    internal string ConnectionString { get; }

    /// <summary>What runs where, for the report.</summary>
    internal string Description { get; }

    /// <exception cref="SuiteStartException">Neither server starts.</exception>
    internal static async Task<RegistryServer> StartAsync(CancellationToken cancellationToken)
    {
        var port = FreePort.Any();
        Exception cause;
        try
        {
            var garnet = new GarnetServer(
            [
                "--bind", "127.0.0.1", "--port", $"{port}", "--memory", "32m", "--page", "1m", "--segment", "32m", "--index", "1m", "--lua", "-q",
            ]);
            garnet.Start();
            return new RegistryServer(port, "Garnet", garnet, null);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            cause = failure;
        }

        if (!SupervisedProcess.IsAvailable("redis-server"))
        {
            throw new SuiteStartException(
                $"The registry did not start: Garnet failed ({cause.Message}) and there is no redis-server on the PATH. Install Redis, for example with: apt-get install redis-server",
                cause);
        }

        var process = SupervisedProcess.Start("redis-server", "--port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no");
        if (await TcpProbe.WaitAsync(port, StartTimeout, cancellationToken))
        {
            return new RegistryServer(port, "redis-server", null, process);
        }

        await process.DisposeAsync();
        throw new SuiteStartException($"redis-server did not listen on port {port} within {StartTimeout.TotalSeconds} s. Run it by hand to see why.", cause);
    }

    public async ValueTask DisposeAsync()
    {
        _garnet?.Dispose();
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
    }
}
