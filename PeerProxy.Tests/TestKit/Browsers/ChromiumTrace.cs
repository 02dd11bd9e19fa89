using System.Text;
using System.Text.Json;
using Microsoft.Playwright;

namespace PeerProxy.Tests.TestKit.Browsers;

/// <summary>What the threads of a Chromium do between two moments, by its own tracing.</summary>
public sealed class ChromiumTrace
{
    private const string Categories = "toplevel,devtools.timeline,v8";

    /// <summary>Events that are a script at work, its compilation, or its garbage collection.</summary>
    private static readonly HashSet<string> _scripting =
    [
        "EvaluateScript", "FunctionCall", "RunMicrotasks", "TimerFire", "EventDispatch", "FireAnimationFrame", "FireIdleCallback",
        "v8.compile", "v8.run", "v8.callFunction", "V8.GCScavenger", "V8.GCFinalizeMC", "V8.GCIncrementalMarking", "MinorGC", "MajorGC",
    ];

    private readonly ICDPSession _browser;
    private readonly TaskCompletionSource<string> _stream = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ChromiumTrace(ICDPSession browser) => _browser = browser;

    internal static async Task<ChromiumTrace> StartAsync(ICDPSession browser)
    {
        var trace = new ChromiumTrace(browser);
        browser.Event("Tracing.tracingComplete").OnEvent += (_, happened) => trace._stream.TrySetResult(happened!.Value.GetProperty("stream").GetString()!);
        await browser.SendAsync("Tracing.start", new Dictionary<string, object> { ["categories"] = Categories, ["transferMode"] = "ReturnAsStream" });
        return trace;
    }

    /// <summary>Ends the trace.</summary>
    /// <returns>By thread ("CrRendererMain", "ServiceWorker thread", ...): processor time of all tasks and time of scripts, in milliseconds; threads of the same name together.</returns>
    public async Task<IReadOnlyDictionary<string, ThreadTime>> StopAsync()
    {
        await _browser.SendAsync("Tracing.end");
        var stream = await _stream.Task;
        var text = new StringBuilder();
        while (true)
        {
            var part = (await _browser.SendAsync("IO.read", new Dictionary<string, object> { ["handle"] = stream, ["size"] = 4_000_000 }))!.Value;
            text.Append(part.GetProperty("data").GetString());
            if (part.GetProperty("eof").GetBoolean())
            {
                break;
            }
        }

        await _browser.DetachAsync();
        using var document = JsonDocument.Parse(text.ToString());
        return Sum(document.RootElement.GetProperty("traceEvents"));
    }

    private static Dictionary<string, ThreadTime> Sum(JsonElement events)
    {
        var names = new Dictionary<(int, int), string>();
        var spans = new List<((int, int) Thread, double Start, double Length)>();
        var tasks = new Dictionary<(int, int), double>();
        foreach (var one in events.EnumerateArray())
        {
            var thread = (one.GetProperty("pid").GetInt32(), one.GetProperty("tid").GetInt32());
            var name = one.GetProperty("name").GetString()!;
            if (name == "thread_name")
            {
                names[thread] = one.GetProperty("args").GetProperty("name").GetString()!;
            }
            else if (name == "ThreadControllerImpl::RunTask" && one.TryGetProperty("tdur", out var cpu))
            {
                tasks[thread] = tasks.GetValueOrDefault(thread) + cpu.GetDouble();
            }
            else if (_scripting.Contains(name) && one.TryGetProperty("dur", out var duration))
            {
                spans.Add((thread, one.GetProperty("ts").GetDouble(), duration.GetDouble()));
            }
        }

        var scripts = spans.GroupBy(span => span.Thread).ToDictionary(group => group.Key, group => Union(group.Select(span => (span.Start, span.Length))));
        return tasks.Keys.Union(scripts.Keys)
            .GroupBy(thread => names.GetValueOrDefault(thread, "unnamed"))
            .ToDictionary(group => group.Key, group => new ThreadTime(group.Sum(thread => tasks.GetValueOrDefault(thread)) / 1000, group.Sum(thread => scripts.GetValueOrDefault(thread)) / 1000));
    }

    /// <summary>Scripts call scripts: what overlaps counts once.</summary>
    private static double Union(IEnumerable<(double Start, double Length)> spans)
    {
        var total = 0.0;
        var end = double.MinValue;
        foreach (var (start, length) in spans.OrderBy(span => span.Start))
        {
            total += Math.Max(0, start + length - Math.Max(start, end));
            end = Math.Max(end, start + length);
        }

        return total;
    }
}

/// <summary>Of one thread, in milliseconds.</summary>
/// <param name="Tasks">Processor time of its tasks.</param>
/// <param name="Scripting">Time in scripts, their compilation and their garbage collection.</param>
public sealed record ThreadTime(double Tasks, double Scripting);
