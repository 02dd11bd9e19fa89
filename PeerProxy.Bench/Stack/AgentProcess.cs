using System.Diagnostics;
using System.Text.Json;
using System.Threading.Channels;

namespace PeerProxy.Bench.Stack;

/// <summary>An agent in a process of its own, as a user runs it, so that its processor time and memory are its own.</summary>
public sealed class AgentProcess : IAsyncDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly DirectoryInfo _data;
    private readonly Channel<AgentRuntime> _answers = Channel.CreateUnbounded<AgentRuntime>();
    private readonly TaskCompletionSource<Uri> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Queue<string> _lastLines = [];

    private AgentProcess(Process process, DirectoryInfo data)
    {
        _process = process;
        _data = data;
        Meter = new ProcessMeter(process.Id);
    }

    /// <summary>What a visitor opens.</summary>
    public Uri Link { get; private set; } = null!;

    public ProcessMeter Meter { get; }

    public int ProcessId => _process.Id;

    /// <summary>Starts an agent and waits until it is registered.</summary>
    /// <param name="prefix">A command to run it under, such as <c>ip netns exec NAME</c>.</param>
    /// <param name="extraArguments">Further options of <c>peerproxy</c>.</param>
    /// <param name="environment">Variables for it.</param>
    public static async Task<AgentProcess> StartAsync(
        Uri target, Uri server, IReadOnlyList<string>? prefix = null, IReadOnlyList<string>? extraArguments = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var data = Directory.CreateTempSubdirectory("peerproxy-bench-");
        string[] command =
        [
            .. prefix ?? [], Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", typeof(AgentProcess).Assembly.Location, AgentHostCommand.Name, "--",
            target.GetLeftPart(UriPartial.Authority), "--server", server.AbsoluteUri, "--data", data.FullName, "--json", .. extraArguments ?? [],
        ];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };

        // The agent's own project says so in its runtime configuration; this process has another one.
        start.Environment["DOTNET_GCGen0MaxBudget"] = "200000";
        start.Environment["DOTNET_ThreadPool_UnfairSemaphoreSpinLimit"] = "0";
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var agent = new AgentProcess(Process.Start(start)!, data);
        try
        {
            agent.Listen();
            agent.Link = await agent._ready.Task.WaitAsync(_limit);
            return agent;
        }
        catch (Exception error)
        {
            await agent.DisposeAsync();
            throw new InvalidOperationException($"The agent did not start: {error.Message}\n{agent.Tail()}", error);
        }
    }

    /// <summary>Asks for the counters of its runtime.</summary>
    public async Task<AgentRuntime> ReadRuntimeAsync()
    {
        await _process.StandardInput.WriteLineAsync("?");
        await _process.StandardInput.FlushAsync();
        return await _answers.Reader.ReadAsync().AsTask().WaitAsync(_limit);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.StandardInput.Close();
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            try
            {
                await _process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
            }
        }

        _process.Dispose();
        _data.Delete(recursive: true);
    }

    private void Listen()
    {
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.EnableRaisingEvents = true;
        _process.Exited += (_, _) => _ready.TrySetException(new InvalidOperationException("it ended"));
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private void Take(string? line)
    {
        const int KeptLines = 40;
        if (line is null)
        {
            return;
        }

        if (line.StartsWith(AgentHostCommand.AnswerMark, StringComparison.Ordinal))
        {
            _answers.Writer.TryWrite(JsonSerializer.Deserialize<AgentRuntime>(line.AsSpan(AgentHostCommand.AnswerMark.Length))!);
            return;
        }

        lock (_lastLines)
        {
            _lastLines.Enqueue(line);
            if (_lastLines.Count > KeptLines)
            {
                _lastLines.Dequeue();
            }
        }

        if (line.StartsWith('{') && JsonDocument.Parse(line).RootElement is var happened && happened.GetProperty("event").GetString() == "ready")
        {
            _ready.TrySetResult(new Uri(happened.GetProperty("link").GetString()!));
        }
    }

    private string Tail()
    {
        lock (_lastLines)
        {
            return string.Join('\n', _lastLines);
        }
    }
}
