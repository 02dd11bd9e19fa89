using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace PeerProxy.Tests.TestKit.Targets;

/// <summary>
/// The web site under the microscope: one endpoint or page for each thing a browser can ask of a target, with what the target sees
/// awaitable by the test. Runs in-process on a random loopback port.
/// </summary>
/// <remarks>A request with <c>?id=NAME</c> is recorded: <see cref="Request"/> gives its record, made before or after the request comes.</remarks>
public sealed class LabTarget : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, LabRequest> _requests = new();
    private readonly ConcurrentDictionary<string, Channel<string>> _feeds = new();
    private readonly ConcurrentDictionary<string, ConnectionContext> _connections = new();
    private readonly ConcurrentQueue<string> _lines = new();

    private LabTarget(WebApplication app) => _app = app;

    /// <summary>Base address, with a trailing slash.</summary>
    public Uri Url { get; private set; } = null!;

    /// <summary>Each request in the order of arrival, as "METHOD /path?query".</summary>
    public IReadOnlyCollection<string> RequestLines => _lines;

    /// <summary>TCP connections that are open now.</summary>
    public int OpenConnections => _connections.Count;

    public static async Task<LabTarget> StartAsync(CancellationToken cancellationToken = default)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        LabTarget? self = null;
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            // A slow reader or writer is the subject of tests here, not a fault.
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.MaxResponseBufferSize = 64 * 1024;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Use(next => connection => self!.TrackAsync(next, connection)));
        });
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        self = new LabTarget(app);
        app.UseWebSockets();
        app.Use(self.RecordAsync);
        LabPages.Map(app);
        LabBodies.Map(app);
        LabForms.Map(app);
        LabAnswers.Map(app);
        LabCodings.Map(app);
        LabBroken.Map(app, self);
        LabStreams.Map(app, self);
        LabSessions.Map(app);
        await app.StartAsync(cancellationToken);
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        self.Url = new Uri(address + "/");
        return self;
    }

    /// <summary>The record of the requests with this id.</summary>
    public LabRequest Request(string id) => _requests.GetOrAdd(id, _ => new LabRequest());

    /// <summary>Lets the streaming endpoint with this id send one more chunk (or event).</summary>
    public void Feed(string id, string chunk) => FeedOf(id).Writer.TryWrite(chunk);

    /// <summary>Ends the stream with this id properly.</summary>
    public void EndFeed(string id) => FeedOf(id).Writer.TryComplete();

    public async ValueTask DisposeAsync()
    {
        foreach (var feed in _feeds.Values)
        {
            feed.Writer.TryComplete();
        }

        foreach (var connection in _connections.Values)
        {
            connection.Abort();
        }

        await _app.DisposeAsync();
    }

    internal ChannelReader<string> FeedReader(string id) => FeedOf(id).Reader;

    /// <summary>The transport under a request, for answers that Kestrel refuses to write.</summary>
    internal ConnectionContext ConnectionOf(HttpContext context) => _connections[context.Connection.Id];

    internal static LabRequest? RecordOf(HttpContext context) => context.Items[typeof(LabRequest)] as LabRequest;

    private Channel<string> FeedOf(string id) => _feeds.GetOrAdd(id, _ => Channel.CreateUnbounded<string>());

    private async Task TrackAsync(ConnectionDelegate next, ConnectionContext connection)
    {
        _connections[connection.ConnectionId] = connection;
        try
        {
            await next(connection);
        }
        finally
        {
            _connections.TryRemove(connection.ConnectionId, out _);
        }
    }

    private async Task RecordAsync(HttpContext context, RequestDelegate next)
    {
        _lines.Enqueue($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}");
        if (context.Request.Query["id"].ToString() is not { Length: > 0 } id)
        {
            await next(context);
            return;
        }

        var record = Request(id);
        context.Items[typeof(LabRequest)] = record;
        record.MarkStarted();
        await using var registration = context.RequestAborted.Register(record.MarkAborted);
        try
        {
            await next(context);
        }
        finally
        {
            // The handler hears of the end first, as it registered last, and what is registered here is taken back when the handler ends: the call may never come.
            if (context.RequestAborted.IsCancellationRequested)
            {
                record.MarkAborted();
            }

            record.MarkCompleted();
        }
    }
}
