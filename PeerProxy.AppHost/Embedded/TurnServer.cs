using System.Security.Cryptography;

namespace PeerProxy.AppHost.Embedded;

/// <summary>coturn for this machine only: credentials made from a secret that lives as long as the suite.</summary>
internal sealed class TurnServer : IAsyncDisposable
{
    private const string Program = "turnserver";

    /// <summary>Ports for relayed traffic: more than one machine's browsers will ever use at once.</summary>
    private const int RelayPorts = 200;

    private const int FirstRelayPort = 49_400;

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(10);

    private readonly SupervisedProcess _process;

    private TurnServer(SupervisedProcess process, int port, string secret)
    {
        _process = process;
        Port = port;
        Secret = secret;
    }

    internal int Port { get; }

    /// <summary>The secret shared with the signaling nodes, which mint credentials from it.</summary>
    internal string Secret { get; }

    internal static bool IsInstalled => SupervisedProcess.IsAvailable(Program);

    /// <summary>Starts it, or returns null if it does not listen in time: the suite works without a relay on one machine.</summary>
    internal static async Task<TurnServer?> StartAsync(CancellationToken cancellationToken)
    {
        var port = FreePort.Any();
        var secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        var process = SupervisedProcess.Start(
            Program,
            "-n", "--log-file=stdout", "--no-cli", "--no-tls", "--no-dtls", "--fingerprint", "--realm=peerproxy",
            "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", "--allow-loopback-peers", $"--listening-port={port}",
            $"--min-port={FirstRelayPort}", $"--max-port={FirstRelayPort + RelayPorts}",
            "--use-auth-secret", $"--static-auth-secret={secret}");
        if (await TcpProbe.WaitAsync(port, StartTimeout, cancellationToken))
        {
            return new TurnServer(process, port, secret);
        }

        await process.DisposeAsync();
        return null;
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
