using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PeerProxy.Signaling;

namespace PeerProxy.Tests.Functional.Signaling;

/// <summary>A signaling node on a free port of the loopback interface, in this process.</summary>
internal sealed class TestNode : IAsyncDisposable
{
    private TestNode(WebApplication app, Uri url)
    {
        App = app;
        Url = url;
    }

    public WebApplication App { get; }

    /// <summary>Like <c>http://127.0.0.1:40123</c>.</summary>
    public Uri Url { get; }

    public T Service<T>()
        where T : notnull => App.Services.GetRequiredService<T>();

    public static Task<TestNode> StartAsync(params (string Key, string Value)[] settings) =>
        StartAsync(builder => builder.Logging.ClearProviders(), settings);

    public static async Task<TestNode> StartAsync(Action<WebApplicationBuilder> configure, params (string Key, string Value)[] settings)
    {
        var app = SignalingApp.Build(["--urls", "http://127.0.0.1:0"], builder =>
        {
            builder.Configuration.AddInMemoryCollection(settings.Select(setting => new KeyValuePair<string, string?>(setting.Key, setting.Value)));
            configure(builder);
        });
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new TestNode(app, new Uri(address));
    }

    public Task StopAsync() => App.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await App.StopAsync();
        await App.DisposeAsync();
    }
}
