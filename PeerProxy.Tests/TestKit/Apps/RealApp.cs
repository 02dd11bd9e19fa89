using System.Collections.Concurrent;
using System.Diagnostics;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Tests.TestKit.Apps;

/// <summary>A running web application in a process of its own, with a data folder that goes when it is disposed.</summary>
public sealed class RealApp : IAsyncDisposable
{
    private static readonly TimeSpan _startLimit = TimeSpan.FromSeconds(60);
    private readonly Process _process;
    private readonly string _data;
    private readonly ConcurrentQueue<string> _output = new();

    private RealApp(Process process, string data, Uri url)
    {
        _process = process;
        _data = data;
        Url = url;
    }

    public Uri Url { get; }

    /// <summary>Where the application keeps its data.</summary>
    public string Folder => _data;

    /// <summary>What the application printed.</summary>
    public string Output => string.Join('\n', _output);

    /// <summary>Makes a data folder, starts the command that <paramref name="command"/> gives for it and a port, and waits until it answers.</summary>
    internal static async Task<RealApp> StartAsync(Func<string, int, ProcessStartInfo> command)
    {
        var data = Directory.CreateTempSubdirectory("peerproxy-app-").FullName;
        var port = RedisProcess.FreePort();
        var start = command(data, port);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        var process = Process.Start(start)!;
        var app = new RealApp(process, data, new Uri($"http://127.0.0.1:{port}/"));
        process.OutputDataReceived += (_, line) => app._output.Enqueue(line.Data ?? "");
        process.ErrorDataReceived += (_, line) => app._output.Enqueue(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await app.WaitUntilAnswersAsync();
            return app;
        }
        catch
        {
            await app.DisposeAsync();
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
        Directory.Delete(_data, recursive: true);
    }

    private async Task WaitUntilAnswersAsync()
    {
        using var http = new HttpClient();
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                using var response = await http.GetAsync(Url);
                return;
            }
            catch (HttpRequestException) when (clock.Elapsed < _startLimit && !_process.HasExited)
            {
                // It does not listen yet.
                await Task.Delay(100);
            }
            catch (HttpRequestException error)
            {
                throw new InvalidOperationException($"The application does not answer at {Url}:\n{Output}", error);
            }
        }
    }
}
