using PeerProxy.Tests.TestKit.Browsers;

namespace PeerProxy.Tests.EndToEnd.Client;

/// <summary>The browsers of all tests of the client; each test has a <see cref="ClientStage"/> of its own.</summary>
public sealed class ClientBrowsers : IAsyncDisposable
{
    public SharedBrowsers All { get; } = new();

    public ValueTask DisposeAsync() => All.DisposeAsync();
}

/// <summary>Tests of the client, one after the other: in Firefox only the tab in front runs at full speed.</summary>
[CollectionDefinition(Name)]
public sealed class ClientCollection : ICollectionFixture<ClientBrowsers>
{
    public const string Name = "Client";
}
