using System.Text.Json;
using PeerProxy.Tests.TestKit.Browsers;

namespace PeerProxy.Tests.EndToEnd.Client;

/// <summary>The agent in a page, as the tests steer it.</summary>
public sealed class FakeAgent(IBrowserPage page, string name, string keyHash)
{
    public IBrowserPage Page => page;

    public string Name => name;

    public string KeyHash => keyHash;

    /// <summary>Runs a script that knows <c>agent</c> and <c>seen</c> (what the site has seen).</summary>
    public Task<JsonElement> RunAsync(string script) => page.RunAsync($"const {{ agent, seen }} = window; {script}");

    /// <summary>Waits until a script that knows <c>agent</c> and <c>seen</c> gives something true.</summary>
    public Task<JsonElement> UntilAsync(string script, string what) => ClientStage.UntilAsync(page, $"const {{ agent, seen }} = window; {script}", what);
}
