using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using PeerProxy.Signaling.Turn;

namespace PeerProxy.Tests.Functional.Signaling;

/// <summary>The credentials that nodes make, judged by coturn itself and its own client.</summary>
[Trait("Category", "Functional")]
public sealed class CoturnCredentialTests
{
    private const string Secret = "sesame-sesame";

    [Fact]
    public async Task Credentials_AreAccepted_ExpiredAndForgedOnesAreNot()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        Assert.SkipUnless(
            folders.Any(folder => File.Exists(Path.Combine(folder, "turnserver"))) && folders.Any(folder => File.Exists(Path.Combine(folder, "turnutils_uclient"))),
            "coturn (turnserver and turnutils_uclient) is not on PATH.");
        using var home = new TemporaryFolder();
        var port = FreePort();
        using var server = Start(
            "turnserver", "-n", "--log-file=stdout", "--no-cli", "--no-tls", "--no-dtls", "--realm=peerproxy", "--listening-ip=127.0.0.1",
            "--relay-ip=127.0.0.1", "--allow-loopback-peers", $"--listening-port={port}", "--use-auth-secret", $"--static-auth-secret={Secret}",
            $"--pidfile={home.Path}/pid", $"--userdb={home.Path}/db");
        try
        {
            await WaitForAsync(port, server);
            var issuer = new TurnCredentialIssuer(new TurnOptions { Secret = Secret, Uris = ["turn:127.0.0.1"] }, TimeProvider.System);
            var good = issuer.Issue("3fdw").IceServers[0];
            var expired = $"{DateTimeOffset.UtcNow.AddSeconds(-30).ToUnixTimeSeconds()}:3fdw";
            var prolonged = $"{DateTimeOffset.UtcNow.AddDays(1).ToUnixTimeSeconds()}:3fdw";

            Assert.True(await RelaysAsync(port, good.Username!, good.Credential!), "coturn refused the node's credentials.");
            Assert.False(await RelaysAsync(port, expired, Hmac(Secret, expired)), "coturn took expired credentials.");
            Assert.False(await RelaysAsync(port, prolonged, good.Credential!), "coturn took credentials with another expiry.");
            Assert.False(await RelaysAsync(port, prolonged, Hmac("another secret", prolonged)), "coturn took credentials of another secret.");
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync();
        }
    }

    private static string Hmac(string secret, string username) =>
        Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(username)));

    private static async Task<bool> RelaysAsync(int port, string username, string credential)
    {
        // Two allocations of one client exchange a packet through the relay.
        using var client = Start(
            "turnutils_uclient", "-u", username, "-w", credential, "-y", "-c", "-n", "1", "-m", "1", "-p", $"{port}", "127.0.0.1");
        var output = new StringBuilder();
        client.OutputDataReceived += (_, line) =>
        {
            lock (output)
            {
                output.AppendLine(line.Data);
            }
        };
        client.BeginOutputReadLine();
        using var deadline = new CancellationTokenSource(TestSocket.Patience);
        try
        {
            await client.WaitForExitAsync(deadline.Token);
        }
        finally
        {
            if (!client.HasExited)
            {
                client.Kill();
            }
        }
        lock (output)
        {
            return output.ToString().Contains("Total lost packets 0 ", StringComparison.Ordinal);
        }
    }

    private static Process Start(string program, params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        })!;
        process.BeginErrorReadLine();
        if (program == "turnserver")
        {
            process.BeginOutputReadLine();
        }
        return process;
    }

    private static async Task WaitForAsync(int port, Process server)
    {
        using var deadline = new CancellationTokenSource(TestSocket.Patience);
        while (true)
        {
            Assert.False(server.HasExited, "turnserver ended at its start.");
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(IPAddress.Loopback, port, deadline.Token);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(100, deadline.Token);
            }
        }
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private sealed class TemporaryFolder : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pp-coturn");

        public string Path => _folder.FullName;

        public void Dispose() => _folder.Delete(recursive: true);
    }
}
