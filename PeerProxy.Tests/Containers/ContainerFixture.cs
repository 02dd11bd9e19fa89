using System.Net.Sockets;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Containers;
using PeerProxy.Tests.TestKit.Containers;
using Testcontainers.Redis;

namespace PeerProxy.Tests.Containers;

/// <summary>The daemon, one Redis container and one coturn container, each started when first asked for.</summary>
public sealed class ContainerFixture : IAsyncLifetime
{
    /// <summary>The secret that nodes and coturn share.</summary>
    public const string TurnSecret = "shared by nodes and coturn in tests";

    /// <summary>coturn's port, UDP and TCP.</summary>
    public const int TurnPort = 3478;

    /// <summary>A container whose image is here is up in seconds; two busy cores need more.</summary>
    private static readonly TimeSpan _startLimit = TimeSpan.FromSeconds(90);

    private DockerDaemon? _daemon;
    private RedisContainer? _redis;
    private IContainer? _coturn;

    static ContainerFixture()
    {
        // Its image is not to be had where no registry is reached, and the fixture removes its containers itself.
        Environment.SetEnvironmentVariable("TESTCONTAINERS_RYUK_DISABLED", "true");
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>Finds or starts the daemon, or skips the test.</summary>
    public async Task UseDockerAsync() => _daemon ??= await DockerDaemon.StartOrSkipAsync();

    /// <summary>The connection string of Redis.</summary>
    public async Task<string> RedisAsync()
    {
        await UseDockerAsync();
        if (_redis is null)
        {
            _redis = new RedisBuilder(await TestImages.RedisAsync()).WithCommand("redis-server", "--save", "", "--protected-mode", "no").Build();
            await StartAsync(_redis);
        }

        return $"{_redis.IpAddress}:{RedisBuilder.RedisPort},abortConnect=false";
    }

    /// <summary>The coturn container; it listens on its own address.</summary>
    /// <remarks>Allocations last twenty seconds instead of an hour: clients must refresh them all the time.</remarks>
    public async Task<IContainer> CoturnAsync()
    {
        await UseDockerAsync();
        if (_coturn is null)
        {
            _coturn = new ContainerBuilder(await TestImages.CoturnAsync())
                .WithCommand(
                    "turnserver", "-n", "--log-file=stdout", "--verbose", "--no-cli", "--no-tls", "--no-dtls", "--realm=peerproxy", "--allow-loopback-peers",
                    "--max-allocate-lifetime=20", "--use-auth-secret", $"--static-auth-secret={TurnSecret}")
                .Build();
            await StartAsync(_coturn);
            await WaitUntilListeningAsync(_coturn.IpAddress);
        }

        return _coturn;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var container in new[] { _redis, _coturn })
        {
            if (container is not null)
            {
                await container.DisposeAsync();
            }
        }

        if (_daemon is not null)
        {
            await _daemon.DisposeAsync();
        }
    }

    private static async Task StartAsync(IContainer container)
    {
        using var limit = new CancellationTokenSource(_startLimit);
        await container.StartAsync(limit.Token);
    }

    private static async Task WaitUntilListeningAsync(string address)
    {
        using var limit = new CancellationTokenSource(_startLimit);
        while (true)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(address, TurnPort, limit.Token);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(50, limit.Token);
            }
        }
    }
}

/// <summary>The tests share the containers, one after the other.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ContainerCollection : ICollectionFixture<ContainerFixture>
{
    public const string Name = "Containers";
}
