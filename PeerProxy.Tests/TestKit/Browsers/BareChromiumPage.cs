using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Playwright;

namespace PeerProxy.Tests.TestKit.Browsers;

/// <summary>A Chromium tab that nobody inspects, for measurements: a tab of Playwright's reports every piece of every response to it, which costs the page
/// more time than the bodies themselves.</summary>
public sealed class BareChromiumPage : IBrowserPage
{
    private static readonly TimeSpan _loadLimit = TimeSpan.FromSeconds(60);

    private readonly ICDPSession _browser;
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonElement>> _calls = new();
    private readonly ConcurrentDictionary<string, int> _contexts = new();
    private string _contextId = "";
    private string _sessionId = "";
    private int _lastCall;
    private volatile TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private BareChromiumPage(ICDPSession browser) => _browser = browser;

    public IReadOnlyList<string> Log => [];

    /// <param name="browser">A session with the browser; the page owns it.</param>
    internal static async Task<BareChromiumPage> OpenAsync(ICDPSession browser)
    {
        var page = new BareChromiumPage(browser);
        browser.Event("Target.receivedMessageFromTarget").OnEvent += page.OnMessage;

        // A profile that Playwright has not made: it lets its tabs alone.
        page._contextId = Text(await browser.SendAsync("Target.createBrowserContext"), "browserContextId");
        var target = Text(await browser.SendAsync("Target.createTarget", Arguments(("url", "about:blank"), ("browserContextId", page._contextId))), "targetId");
        page._sessionId = Text(await browser.SendAsync("Target.attachToTarget", Arguments(("targetId", target), ("flatten", false))), "sessionId");
        await page.CallAsync("Page.enable", new { });
        await page.CallAsync("Runtime.enable", new { });
        return page;
    }

    public async Task GotoAsync(string url)
    {
        _loaded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await CallAsync("Page.navigate", new { url });
        await _loaded.Task.WaitAsync(_loadLimit);
    }

    public Task<JsonElement> RunAsync(string asyncFunctionBody, object? argument = null) => RunAsync(inFrame: false, asyncFunctionBody, argument);

    public Task<JsonElement> RunInFrameAsync(string asyncFunctionBody, object? argument = null) => RunAsync(inFrame: true, asyncFunctionBody, argument);

    public Task ClickAsync(string selector, bool inFrame) => throw new NotSupportedException("Nobody clicks in a measurement.");

    public Task<IReadOnlyList<string>> TabAddressesAsync() => throw new NotSupportedException("A measurement has one tab.");

    public Task<byte[]> ScreenshotAsync() => throw new NotSupportedException("Nobody looks at a measurement.");

    public async ValueTask DisposeAsync()
    {
        await _browser.SendAsync("Target.disposeBrowserContext", Arguments(("browserContextId", _contextId)));
        await _browser.DetachAsync();
    }

    private static Dictionary<string, object> Arguments(params (string Name, object Value)[] pairs) => pairs.ToDictionary(pair => pair.Name, pair => pair.Value);

    private static string Text(JsonElement? answer, string name) => answer!.Value.GetProperty(name).GetString()!;

    private async Task<JsonElement> RunAsync(bool inFrame, string asyncFunctionBody, object? argument)
    {
        var tree = (await CallAsync("Page.getFrameTree", new { })).GetProperty("frameTree");
        var frame = tree.GetProperty("frame");
        if (inFrame)
        {
            var address = frame.GetProperty("url").GetString()!;
            frame = (tree.TryGetProperty("childFrames", out var children) ? [.. children.EnumerateArray()] : Array.Empty<JsonElement>()).Select(child => child.GetProperty("frame"))
                .FirstOrDefault(child => PageScript.IsSite(address, child.GetProperty("url").GetString()!));
        }

        if (frame.ValueKind == JsonValueKind.Undefined || !_contexts.TryGetValue(frame.GetProperty("id").GetString()!, out var contextId))
        {
            throw new BrowserScriptException("The page has no frame of the site.");
        }

        var answer = await CallAsync("Runtime.callFunctionOn", new
        {
            functionDeclaration = PageScript.Wrap(asyncFunctionBody),
            arguments = new[] { new { value = PageScript.Argument(argument) } },
            executionContextId = contextId,
            awaitPromise = true,
            returnByValue = true,
        });
        return answer.TryGetProperty("exceptionDetails", out var exception)
            ? throw new BrowserScriptException(exception.GetRawText())
            : PageScript.Result(answer.GetProperty("result").GetProperty("value").GetString());
    }

    private async Task<JsonElement> CallAsync(string method, object parameters)
    {
        var id = Interlocked.Increment(ref _lastCall);
        var call = _calls[id] = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        var message = JsonSerializer.Serialize(new Dictionary<string, object> { ["id"] = id, ["method"] = method, ["params"] = parameters });
        await _browser.SendAsync("Target.sendMessageToTarget", Arguments(("sessionId", _sessionId), ("message", message)));
        return await call.Task;
    }

    private void OnMessage(object? sender, JsonElement? happened)
    {
        var envelope = happened!.Value;
        if (envelope.GetProperty("sessionId").GetString() != _sessionId)
        {
            return;
        }

        using var document = JsonDocument.Parse(envelope.GetProperty("message").GetString()!);
        var message = document.RootElement.Clone();
        if (message.TryGetProperty("id", out var id))
        {
            if (_calls.TryRemove(id.GetInt32(), out var call))
            {
                Answer(call, message);
            }

            return;
        }

        var parameters = message.GetProperty("params");
        switch (message.GetProperty("method").GetString())
        {
            case "Page.loadEventFired":
                _loaded.TrySetResult();
                break;
            case "Runtime.executionContextCreated":
                var context = parameters.GetProperty("context");
                var about = context.GetProperty("auxData");
                if (about.GetProperty("isDefault").GetBoolean())
                {
                    _contexts[about.GetProperty("frameId").GetString()!] = context.GetProperty("id").GetInt32();
                }

                break;
        }
    }

    private static void Answer(TaskCompletionSource<JsonElement> call, JsonElement message)
    {
        if (message.TryGetProperty("error", out var error))
        {
            call.TrySetException(new BrowserScriptException(error.GetRawText()));
        }
        else
        {
            call.TrySetResult(message.GetProperty("result"));
        }
    }
}
