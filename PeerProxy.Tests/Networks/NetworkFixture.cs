namespace PeerProxy.Tests.Networks;

/// <summary>One lab with both peers behind NATs, one agent and one browser for all tests of the collection.</summary>
public sealed class NetworkFixture : IAsyncLifetime
{
    private Task<NetworkSuite>? _starting;
    private NetworkSuite? _suite;
    private string _agentNat = "port-restricted";
    private string _browserNat = "port-restricted";

    /// <summary>What the tests of the table found.</summary>
    public NetworkTable Table { get; } = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>The lab with these NATs. The agent starts anew when its own changes, as on a machine that has moved; the browser comes with an empty profile anyway.</summary>
    public async Task<NetworkSuite> WithNatsAsync(string agent, string browser)
    {
        _starting ??= NetworkSuite.StartOrSkipAsync(
            $"--nat agent {_agentNat} --nat browser {_browserNat} --link agent rtt=10 --link browser rtt=10 --link server rtt=4");
        _suite = await _starting;
        if (_browserNat != browser)
        {
            await _suite.Lab.SetNatAsync("browser", browser);
            _browserNat = browser;
        }

        if (_agentNat != agent)
        {
            await _suite.Lab.SetNatAsync("agent", agent);
            _agentNat = agent;
            await _suite.StartAgentAsync();
        }

        return _suite;
    }

    public async ValueTask DisposeAsync()
    {
        if (_suite is not null)
        {
            await _suite.DisposeAsync();
        }

        Table.WriteIfWanted();
    }
}

/// <summary>The tests share one emulated internet, one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class NetworkCollection : ICollectionFixture<NetworkFixture>
{
    public const string Name = "Networks";
}
