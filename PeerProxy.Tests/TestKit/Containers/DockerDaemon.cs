using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using PeerProxy.Tests.TestKit.NetLab;

namespace PeerProxy.Tests.TestKit.Containers;

/// <summary>The Docker daemon of this machine: the one that runs, or one started for the tests and ended with them.</summary>
public sealed class DockerDaemon : IAsyncDisposable
{
    private const string SocketPath = "/var/run/docker.sock";

    private static readonly TimeSpan _startLimit = TimeSpan.FromSeconds(60);

    private readonly Process? _process;

    private DockerDaemon(Process? process) => _process = process;

    /// <summary>Finds or starts the daemon, or skips the test with the reason.</summary>
    public static async Task<DockerDaemon> StartOrSkipAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Containers are reached at their own addresses, which only Linux allows.");
        if (await TryUseAsync())
        {
            return new DockerDaemon(null);
        }

        var dockerd = NetworkLab.FindTool("dockerd");
        Assert.SkipUnless(geteuid() == 0 && dockerd is not null, "No Docker daemon answers, and starting one needs root and dockerd.");
        var output = new Queue<string>();
        var process = Process.Start(new ProcessStartInfo(dockerd!) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        void Keep(string? line)
        {
            lock (output)
            {
                output.Enqueue(line ?? "");
                if (output.Count > 30)
                {
                    output.Dequeue();
                }
            }
        }

        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var daemon = new DockerDaemon(process);
        var clock = Stopwatch.StartNew();
        while (!await TryUseAsync())
        {
            if (process.HasExited || clock.Elapsed > _startLimit)
            {
                await daemon.DisposeAsync();
                Assert.Fail("dockerd did not start:\n" + string.Join('\n', output));
            }

            await Task.Delay(100);
        }

        return daemon;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is null)
        {
            return;
        }

        if (!_process.HasExited)
        {
            // Asked rather than killed: it takes its containers and network rules with it.
            await DockerCommand.RunProgramAsync("kill", ["-TERM", $"{_process.Id}"]);
            await _process.WaitForExitAsync().WaitAsync(_startLimit);
        }

        _process.Dispose();
    }

    /// <summary>Whether the daemon answers; clients of this process then speak the version that it knows.</summary>
    private static async Task<bool> TryUseAsync()
    {
        using var http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath), cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        });
        try
        {
            using var version = JsonDocument.Parse(await http.GetStringAsync("http://docker/version"));
            // Testcontainers and newer command lines begin with a version that an older daemon refuses.
            Environment.SetEnvironmentVariable("DOCKER_API_VERSION", version.RootElement.GetProperty("ApiVersion").GetString());
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    [DllImport("libc")]
    private static extern uint geteuid();
}
