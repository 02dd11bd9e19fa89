using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PeerProxy.Tests.TestKit.Browsers;

/// <summary>Headless Firefox over WebDriver BiDi.</summary>
public sealed class FirefoxBrowser : IBrowser
{
    private const string ListeningMark = "WebDriver BiDi listening on ";

    /// <summary>No traffic of its own, no first-run pages: what is seen on the wire is the test's.</summary>
    private const string Preferences =
        """
        user_pref("app.update.enabled", false);
        user_pref("browser.shell.checkDefaultBrowser", false);
        user_pref("browser.startup.homepage_override.mstone", "ignore");
        user_pref("datareporting.policy.dataSubmissionEnabled", false);
        user_pref("toolkit.telemetry.enabled", false);
        user_pref("network.captive-portal-service.enabled", false);
        user_pref("network.connectivity-service.enabled", false);
        user_pref("extensions.getAddons.cache.enabled", false);
        user_pref("extensions.systemAddon.update.enabled", false);
        user_pref("services.settings.server", "data:,#remote-settings-dummy/v1");
        user_pref("browser.safebrowsing.update.enabled", false);
        user_pref("remote.active-protocols", 1);

        """;

    private readonly Process _process;
    private readonly string _profile;
    private readonly BiDiConnection _connection = new();
    private readonly ConcurrentDictionary<string, FirefoxPage> _pages = new();
    private readonly ConcurrentDictionary<string, Lazy<Task<string>>> _profiles = new();

    private FirefoxBrowser(Process process, string profile)
    {
        _process = process;
        _profile = profile;
        _connection.EventReceived += OnEvent;
    }

    public string Name => BrowserInstallation.Firefox;

    public static async Task<FirefoxBrowser> StartAsync(string executablePath, string extraPreferences = "")
    {
        var profile = Directory.CreateTempSubdirectory("peerproxy-firefox-").FullName;
        await File.WriteAllTextAsync(Path.Combine(profile, "user.js"), Preferences + extraPreferences);
        var listening = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var start = new ProcessStartInfo(executablePath)
        {
            ArgumentList = { "--headless", "--no-remote", "--remote-debugging-port=0", "--profile", profile, "about:blank" },
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            Environment = { ["MOZ_CRASHREPORTER_DISABLE"] = "1", ["MOZ_HEADLESS"] = "1", ["HOME"] = profile },
        };
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{executablePath} did not start.");
        process.ErrorDataReceived += (_, line) => Look(line.Data, listening);
        process.OutputDataReceived += (_, line) => Look(line.Data, listening);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        var browser = new FirefoxBrowser(process, profile);
        try
        {
            using var limit = new CancellationTokenSource(BrowserInstallation.StartLimit);
            var address = await listening.Task.WaitAsync(limit.Token);
            await browser._connection.ConnectAsync(new Uri($"{address}/session"), limit.Token);
            await browser._connection.SendAsync("session.new", new JsonObject { ["capabilities"] = new JsonObject() });
            await browser._connection.SendAsync("session.subscribe", new JsonObject { ["events"] = new JsonArray("log.entryAdded") });
            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    public Task<int> RootProcessIdAsync() => Task.FromResult(_process.Id);

    public async Task<IBrowserPage> NewPageAsync() => await NewPageAsync(await NewUserContextAsync(), ownsUserContext: true);

    public async Task<IBrowserPage> NewPageAsync(string profile) =>
        await NewPageAsync(await _profiles.GetOrAdd(profile, _ => new(NewUserContextAsync)).Value, ownsUserContext: false);

    private async Task<FirefoxPage> NewPageAsync(string userContext, bool ownsUserContext)
    {
        var created = await CreateTabAsync(userContext);
        var page = new FirefoxPage(_connection, created.GetProperty("context").GetString()!, userContext, ownsUserContext);
        _pages[page.Context] = page;
        return page;
    }

    private async Task<string> NewUserContextAsync() => (await _connection.SendAsync("browser.createUserContext", [])).GetProperty("userContext").GetString()!;

    /// <summary>On a busy machine Firefox now and then replaces the context of a new tab while it is being made, and says that it is gone: then another is asked for.</summary>
    private async Task<JsonElement> CreateTabAsync(string user)
    {
        const int Attempts = 3;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await _connection.SendAsync("browsingContext.create", new JsonObject { ["type"] = "tab", ["userContext"] = user });
            }
            catch (BrowserScriptException error) when (attempt < Attempts && error.Message.Contains("no longer exist", StringComparison.Ordinal))
            {
                // The tab that failed belongs to the same user context and goes with it.
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        DeleteProfile();
    }

    private static void Look(string? line, TaskCompletionSource<string> listening)
    {
        var at = line?.IndexOf(ListeningMark, StringComparison.Ordinal) ?? -1;
        if (at >= 0)
        {
            listening.TrySetResult(line![(at + ListeningMark.Length)..].Trim());
        }
    }

    private void OnEvent(string method, JsonElement parameters)
    {
        if (method == "log.entryAdded"
            && parameters.GetProperty("source").TryGetProperty("context", out var context)
            && context.GetString() is { } id
            && _pages.TryGetValue(id, out var page))
        {
            page.AddLog($"{parameters.GetProperty("level").GetString()}: {parameters.GetProperty("text").GetString()}");
        }
    }

    private void DeleteProfile()
    {
        try
        {
            Directory.Delete(_profile, recursive: true);
        }
        catch (IOException)
        {
            // A dying child process still wrote into it: the system's temporary folder is cleaned anyway.
        }
    }
}

/// <summary>A Firefox tab.</summary>
public sealed class FirefoxPage : IBrowserPage
{
    private readonly BiDiConnection _connection;
    private readonly string _userContext;
    private readonly bool _ownsUserContext;
    private readonly ConcurrentQueue<string> _log = new();

    internal FirefoxPage(BiDiConnection connection, string context, string userContext, bool ownsUserContext)
    {
        _ownsUserContext = ownsUserContext;
        _connection = connection;
        _userContext = userContext;
        Context = context;
    }

    public IReadOnlyList<string> Log => [.. _log];

    internal string Context { get; }

    public async Task GotoAsync(string url) =>
        await _connection.SendAsync("browsingContext.navigate", new JsonObject { ["context"] = Context, ["url"] = url, ["wait"] = "complete" });

    public Task<JsonElement> RunAsync(string asyncFunctionBody, object? argument = null) => RunAsync(Context, asyncFunctionBody, argument);

    public async Task<JsonElement> RunInFrameAsync(string asyncFunctionBody, object? argument = null) => await RunAsync(await SiteFrameAsync(), asyncFunctionBody, argument);

    public async Task ClickAsync(string selector, bool inFrame)
    {
        var context = inFrame ? await SiteFrameAsync() : Context;
        await RunAsync(context, "document.querySelector(arg).scrollIntoView({ block: 'center' })", selector);
        var element = (await _connection.SendAsync("browsingContext.locateNodes", new JsonObject
        {
            ["context"] = context,
            ["locator"] = new JsonObject { ["type"] = "css", ["value"] = selector },
        })).GetProperty("nodes")[0].GetProperty("sharedId").GetString();
        var origin = new JsonObject { ["type"] = "element", ["element"] = new JsonObject { ["sharedId"] = element } };
        await _connection.SendAsync("input.performActions", new JsonObject
        {
            ["context"] = context,
            ["actions"] = new JsonArray(new JsonObject
            {
                ["type"] = "pointer",
                ["id"] = "mouse",
                ["actions"] = new JsonArray(
                    new JsonObject { ["type"] = "pointerMove", ["x"] = 0, ["y"] = 0, ["origin"] = origin },
                    new JsonObject { ["type"] = "pointerDown", ["button"] = 0 },
                    new JsonObject { ["type"] = "pointerUp", ["button"] = 0 }),
            }),
        });
    }

    public async Task<IReadOnlyList<string>> TabAddressesAsync() => [.. (await TabsAsync()).Select(tab => tab.GetProperty("url").GetString()!)];

    private async Task<IReadOnlyList<JsonElement>> TabsAsync()
    {
        var tree = await _connection.SendAsync("browsingContext.getTree", new JsonObject { ["maxDepth"] = 0 });
        return [.. tree.GetProperty("contexts").EnumerateArray().Where(tab => tab.GetProperty("userContext").GetString() == _userContext)];
    }

    private async Task<string> SiteFrameAsync()
    {
        var tree = await _connection.SendAsync("browsingContext.getTree", new JsonObject { ["root"] = Context, ["maxDepth"] = 1 });
        var page = tree.GetProperty("contexts")[0];
        var url = page.GetProperty("url").GetString()!;
        foreach (var child in page.GetProperty("children").EnumerateArray())
        {
            if (PageScript.IsSite(url, child.GetProperty("url").GetString()!))
            {
                return child.GetProperty("context").GetString()!;
            }
        }

        throw new BrowserScriptException("The page has no frame of the site.");
    }

    private async Task<JsonElement> RunAsync(string context, string asyncFunctionBody, object? argument)
    {
        var answer = await _connection.SendAsync("script.callFunction", new JsonObject
        {
            ["functionDeclaration"] = PageScript.Wrap(asyncFunctionBody),
            ["awaitPromise"] = true,
            ["target"] = new JsonObject { ["context"] = context },
            ["arguments"] = new JsonArray(new JsonObject { ["type"] = "string", ["value"] = PageScript.Argument(argument) }),
            ["userActivation"] = true,
        });
        if (answer.GetProperty("type").GetString() != "success")
        {
            throw new BrowserScriptException($"{answer.GetProperty("exceptionDetails").GetProperty("text").GetString()}\n{string.Join('\n', Log)}");
        }

        return PageScript.Result(answer.GetProperty("result").GetProperty("value").GetString());
    }

    public async Task<byte[]> ScreenshotAsync()
    {
        var answer = await _connection.SendAsync("browsingContext.captureScreenshot", new JsonObject { ["context"] = Context });
        return Convert.FromBase64String(answer.GetProperty("data").GetString()!);
    }

    public async ValueTask DisposeAsync()
    {
        if (_ownsUserContext)
        {
            await _connection.SendAsync("browser.removeUserContext", new JsonObject { ["userContext"] = _userContext });
            return;
        }

        foreach (var tab in await TabsAsync())
        {
            await _connection.SendAsync("browsingContext.close", new JsonObject { ["context"] = tab.GetProperty("context").GetString() });
        }
    }

    internal void AddLog(string line) => _log.Enqueue(line);
}
