using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using PeerProxy.WebRtc.Connection;

namespace PeerProxy.Tests.TestKit.Peers;

/// <summary>A peer connection of another stack in a process of its own, driven by lines of JSON. One connection at a time.</summary>
public sealed class ForeignPeer : IAsyncDisposable
{
    public const string Aiortc = "aiortc";
    public const string Wrtc = "@roamhq/wrtc";
    public const string Werift = "werift";

    private static readonly TimeSpan _exitLimit = TimeSpan.FromSeconds(5);
    private readonly Process _process;
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonElement>> _waiting = new();
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly Task _reading;
    private int _lastId;

    private ForeignPeer(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) => _errors.Enqueue(line.Data ?? "");
        process.BeginErrorReadLine();
        _reading = ReadAsync();
    }

    /// <summary>Starts the stack, or skips the test with the reason.</summary>
    public static async Task<ForeignPeer> StartOrSkipAsync(string stack)
    {
        var start = stack == Aiortc ? await AiortcAsync() : await JavaScriptAsync(stack);
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        return new ForeignPeer(Process.Start(start)!);
    }

    /// <summary>Runs one command of the peer program with the members of <paramref name="arguments"/>.</summary>
    public async Task<JsonElement> RunAsync(string command, object? arguments = null)
    {
        var id = Interlocked.Increment(ref _lastId);
        var request = arguments is null ? [] : JsonSerializer.SerializeToNode(arguments)!.AsObject();
        request["id"] = id;
        request["command"] = command;
        var answer = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[id] = answer;
        if (_reading.IsCompleted)
        {
            throw Gone();
        }

        await _writing.WaitAsync();
        try
        {
            await _process.StandardInput.WriteLineAsync(request.ToJsonString());
            await _process.StandardInput.FlushAsync();
        }
        finally
        {
            _writing.Release();
        }

        return await answer.Task;
    }

    /// <summary>Makes a channel there.</summary>
    /// <param name="mode">"echo", "hash" or "count".</param>
    public Task OpenAsync(string label, JsonObject options, string mode) => RunAsync("channel", new { label, options, mode });

    /// <summary>They offer, we answer.</summary>
    /// <returns>Their offer.</returns>
    public async Task<string> OfferToAsync(IPeerConnection connection, bool restart = false)
    {
        var offer = (await RunAsync("offer", new { restart })).GetString()!;
        var answer = await connection.AcceptOfferAsync(offer);
        await RunAsync("accept", new { answer });
        return offer;
    }

    /// <summary>We offer, they answer.</summary>
    /// <returns>Their answer.</returns>
    public async Task<string> AnswerAsync(IPeerConnection connection, bool restart = false)
    {
        var offer = await connection.CreateOfferAsync(restart);
        var answer = (await RunAsync("answer", new { offer })).GetString()!;
        await connection.AcceptAnswerAsync(answer);
        return answer;
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        try
        {
            await _process.WaitForExitAsync().WaitAsync(_exitLimit);
        }
        catch (TimeoutException)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _reading;
        _process.Dispose();
        _writing.Dispose();
    }

    private static async Task<ProcessStartInfo> JavaScriptAsync(string package)
    {
        await PeerFolder.InstalledOrSkipAsync();
        return new ProcessStartInfo("node") { ArgumentList = { PeerFolder.Script("peer.mjs"), PeerFolder.Packages, package } };
    }

    private static async Task<ProcessStartInfo> AiortcAsync()
    {
        // Debian's interpreter sees Debian's packages; another one first on the path may not.
        const string Python = "/usr/bin/python3";
        Assert.SkipUnless(File.Exists(Python), "There is no /usr/bin/python3 to run aiortc.");
        using var probe = Process.Start(new ProcessStartInfo(Python) { ArgumentList = { "-c", "import aiortc" }, RedirectStandardError = true })!;
        await probe.StandardError.ReadToEndAsync();
        await probe.WaitForExitAsync();
        Assert.SkipUnless(probe.ExitCode == 0, "Debian's package python3-aiortc is not installed.");
        return new ProcessStartInfo(Python) { ArgumentList = { PeerFolder.Script("peer.py") } };
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (!line.StartsWith('{'))
            {
                _errors.Enqueue(line);
                continue;
            }

            var answer = JsonDocument.Parse(line).RootElement;
            if (_waiting.TryRemove(answer.GetProperty("id").GetInt32(), out var waiting))
            {
                if (answer.TryGetProperty("error", out var error))
                {
                    waiting.SetException(new InvalidOperationException(error.GetString()));
                }
                else
                {
                    waiting.SetResult(answer.GetProperty("result"));
                }
            }
        }

        foreach (var waiting in _waiting.Values)
        {
            waiting.TrySetException(Gone());
        }
    }

    private InvalidOperationException Gone() => new($"The peer program has ended:\n{string.Join('\n', _errors)}");
}
