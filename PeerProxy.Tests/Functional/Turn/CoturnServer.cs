using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PeerProxy.Tests.Functional.Turn;

/// <summary>A coturn process on loopback for one test.</summary>
internal sealed class CoturnServer : IAsyncDisposable
{
    public const string Username = "visitor";
    public const string Password = "relay-password";
    public const string OtherUsername = "visitor-later";

    /// <summary>Of one start: a port that was free a moment ago may be another's by now.</summary>
    private static readonly TimeSpan _startLimit = TimeSpan.FromSeconds(15);

    private const int Starts = 4;

    private static readonly TimeSpan _answerLimit = TimeSpan.FromSeconds(1);

    private readonly Process _process;
    private readonly DirectoryInfo _folder;

    // RFC 8489: a Binding request without attributes.
    private static readonly byte[] _bindingRequest = [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

    private CoturnServer(Process process, DirectoryInfo folder, IPEndPoint endPoint, IPEndPoint tlsEndPoint)
    {
        TlsEndPoint = tlsEndPoint;
        _process = process;
        _folder = folder;
        EndPoint = endPoint;
    }

    /// <summary>UDP and TCP.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>TLS with a self-signed certificate.</summary>
    public IPEndPoint TlsEndPoint { get; }

    /// <summary>Starts one, or skips the test with the reason when coturn is not installed.</summary>
    public static async Task<CoturnServer> StartOrSkipAsync()
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        string? path = folders.Select(folder => Path.Combine(folder, "turnserver")).FirstOrDefault(File.Exists);
        Assert.SkipUnless(path is not null, "turnserver (coturn) is not installed on this machine.");
        for (int start = 1; ; start++)
        {
            try
            {
                return await StartAsync(path!);
            }
            catch (TimeoutException) when (start < Starts)
            {
                // With other ports.
            }
        }
    }

    private static async Task<CoturnServer> StartAsync(string path)
    {
        int port = FreePort();
        int tlsPort = FreePort();
        DirectoryInfo home = Directory.CreateTempSubdirectory("coturn");
        WriteCertificate(home.FullName);
        var start = new ProcessStartInfo(path)
        {
            ArgumentList =
            {
                "-n", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", $"--listening-port={port}", "--no-dtls", "--no-cli",
                $"--tls-listening-port={tlsPort}", $"--cert={home.FullName}/cert.pem", $"--pkey={home.FullName}/key.pem",
                "--lt-cred-mech", $"--user={Username}:{Password}", $"--user={OtherUsername}:{Password}", "--realm=peerproxy.test", "--allow-loopback-peers", "--no-multicast-peers",
                "--log-file=stdout", "--simple-log", $"--pidfile={home.FullName}/pid", $"--userdb={home.FullName}/db", "--stale-nonce=60",
            },
            WorkingDirectory = home.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process = Process.Start(start)!;
        process.OutputDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var server = new CoturnServer(process, home, new IPEndPoint(IPAddress.Loopback, port), new IPEndPoint(IPAddress.Loopback, tlsPort));
        try
        {
            await server.WaitUntilListeningAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task WaitUntilListeningAsync()
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < _startLimit;)
        {
            using var limit = new CancellationTokenSource(_answerLimit);
            if (_process.HasExited)
            {
                break;
            }

            try
            {
                // Its listeners open one after the other.
                foreach (var endPoint in new[] { EndPoint, TlsEndPoint })
                {
                    using var probe = new TcpClient();
                    await probe.ConnectAsync(endPoint, limit.Token);
                }

                using var datagrams = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
                await datagrams.ConnectAsync(EndPoint, limit.Token);
                await datagrams.SendAsync(_bindingRequest, limit.Token);
                await datagrams.ReceiveAsync(new byte[1024], limit.Token);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(100);
            }
            catch (OperationCanceledException)
            {
                // A datagram may be lost; it is asked again.
            }
        }

        throw new TimeoutException($"turnserver does not listen on {EndPoint} and {TlsEndPoint}.");
    }

    private static void WriteCertificate(string folder)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
        File.WriteAllText(Path.Combine(folder, "cert.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(folder, "key.pem"), key.ExportPkcs8PrivateKeyPem());
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
