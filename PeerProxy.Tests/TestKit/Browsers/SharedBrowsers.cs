namespace PeerProxy.Tests.TestKit.Browsers;

/// <summary>One process of each browser for many tests, started at first use: starting one costs more than most tests do in it.</summary>
/// <param name="start">Starts the browser of a name; the light one if nothing else is said.</param>
public sealed class SharedBrowsers(Func<string, Task<IBrowser>>? start = null) : IAsyncDisposable
{
    private readonly Dictionary<string, IBrowser> _started = [];
    private readonly SemaphoreSlim _starting = new(1, 1);

    /// <summary>The browser of this name; tests may ask at the same time.</summary>
    public async Task<IBrowser> GetAsync(string name)
    {
        await _starting.WaitAsync();
        try
        {
            if (!_started.TryGetValue(name, out var browser))
            {
                _started[name] = browser = await (start is null ? BrowserInstallation.StartLightOrSkipAsync(name) : start(name));
            }

            return browser;
        }
        finally
        {
            _starting.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var browser in _started.Values)
        {
            await browser.DisposeAsync();
        }

        _starting.Dispose();
    }
}
