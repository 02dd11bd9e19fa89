using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;

namespace PeerProxy.Tests.TestKit.NetLab;

/// <summary>A program that runs on a host of a lab, with what it has printed so far.</summary>
public sealed class LabProcess : IAsyncDisposable
{
    /// <summary>Starting .NET programs on a busy two-core machine takes seconds each.</summary>
    public static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan _exitLimit = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly StringBuilder _log = new();
    private readonly List<(Regex Pattern, TaskCompletionSource<Match> Found)> _waiting = [];
    private readonly Lock _gate = new();

    private bool _hasEnded;

    private LabProcess(string name, Process process)
    {
        Name = name;
        _process = process;
    }

    public string Name { get; }

    /// <summary>Everything it printed.</summary>
    public string Log
    {
        get
        {
            lock (_gate)
            {
                return _log.ToString();
            }
        }
    }

    public static LabProcess Start(string name, IReadOnlyList<string> command, IReadOnlyDictionary<string, string>? environment)
    {
        var start = new ProcessStartInfo(NetworkLab.FindTool(command[0]) ?? command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        foreach (var (key, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[key] = value;
        }

        var process = new LabProcess(name, Process.Start(start)!);
        process.Listen();
        _ = process.WatchAsync();
        return process;
    }

    /// <summary>Waits until a line matches; lines printed before count too.</summary>
    /// <exception cref="InvalidOperationException">The program ended before.</exception>
    /// <exception cref="TimeoutException">None did within <see cref="WaitLimit"/>; the message has the log.</exception>
    public async Task<Match> WaitForAsync([StringSyntax(StringSyntaxAttribute.Regex)] string pattern, int after = 0)
    {
        var found = new TaskCompletionSource<Match>(TaskCreationOptions.RunContinuationsAsynchronously);
        var regex = new Regex(pattern, RegexOptions.Multiline);
        lock (_gate)
        {
            if (regex.Match(_log.ToString(), Math.Min(after, _log.Length)) is { Success: true } match)
            {
                return match;
            }

            _waiting.Add((regex, found));
            if (_hasEnded)
            {
                found.TrySetException(Ended());
            }
        }

        try
        {
            return await found.Task.WaitAsync(WaitLimit);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{Name} did not print '{pattern}'.\n{Log}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(new CancellationTokenSource(_exitLimit).Token);
        }

        _process.Dispose();
    }

    private InvalidOperationException Ended() => new($"{Name} has ended.\n{_log}");

    /// <summary>Nobody waits for a line of a program that is gone.</summary>
    private async Task WatchAsync()
    {
        await _process.WaitForExitAsync();
        lock (_gate)
        {
            _hasEnded = true;
            foreach (var (_, found) in _waiting)
            {
                found.TrySetException(Ended());
            }
        }
    }

    private void Listen()
    {
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        _process.StandardInput.Close();
    }

    private void Take(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_gate)
        {
            _log.Append(line).Append('\n');
            foreach (var (pattern, found) in _waiting)
            {
                if (pattern.Match(line) is { Success: true } match)
                {
                    found.TrySetResult(match);
                }
            }
        }
    }
}
