using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;
using PeerProxy.Agent.Cookies;
using PeerProxy.Agent.Forwarding;
using PeerProxy.Agent.Identity;
using PeerProxy.Agent.Signaling;
using PeerProxy.Agent.Visitors;
using PeerProxy.Protocol.Identity;
using PeerProxy.Protocol.Signaling;
using PeerProxy.WebRtc.Connection;
using PeerProxy.WebRtc.Hosting;

namespace PeerProxy.Agent.Hosting;

/// <summary>A running agent: registered, answering offers, forwarding to its target. For the command line, and for embedding.</summary>
/// <example>
/// <code>
/// await using var agent = await AgentHost.StartAsync(options, cancellationToken);
/// Console.WriteLine(agent.Link);
/// </code>
/// </example>
public sealed class AgentHost : IAsyncDisposable
{
    /// <summary>How long the target may take to accept the first connection.</summary>
    private static readonly TimeSpan TargetCheckTimeout = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stopped = new();
    private readonly TaskCompletionSource<PeerAssigned> _registered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly AgentHostOptions _options;
    private readonly AgentKey _key;
    private readonly AgentKeyStore _store;
    private readonly CookieJarStore _cookieJars;
    private readonly TargetForwarder _forwarder;
    private readonly IPeerTransport _transport;
    private readonly SignalingClient _signaling;
    private readonly VisitorRegistry _visitors;
    private readonly ILogger _logger;
    private Task _running = Task.CompletedTask;
    private int _disposed;

    private AgentHost(AgentHostOptions options, AgentKeyStore store, AgentKey key)
    {
        _options = options;
        _store = store;
        _key = key;
        _logger = options.LoggerFactory.CreateLogger<AgentHost>();
        _cookieJars = new CookieJarStore(store.Folder, TimeProvider.System, options.LoggerFactory.CreateLogger<CookieJarStore>());
        _forwarder = new TargetForwarder(
            new ForwardingOptions
            {
                Target = options.Target,
                AcceptAnyCertificate = options.AcceptAnyCertificate,
                SendForwardedHost = options.SendForwardedHost,
            },
            options.LoggerFactory.CreateLogger<TargetForwarder>());
        _transport = options.CreateTransport?.Invoke() ?? CreateTransport(options);
        _signaling = new SignalingClient(
            new SignalingClientOptions { Server = options.Server, Name = options.Name, RememberedId = store.FindId(options.Server, options.Target.ToString()) },
            key,
            logger: options.LoggerFactory.CreateLogger<SignalingClient>());
        _visitors = new VisitorRegistry(
            _transport,
            key,
            _forwarder,
            _cookieJars,
            new VisitorRegistryOptions { MaxVisitors = options.MaxVisitors, ExtraIceServers = options.IceServers, RelayOnly = options.RelayOnly },
            _signaling.SendAsync,
            options.LoggerFactory.CreateLogger<VisitorRegistry>());
    }

    /// <summary>The peer id.</summary>
    public string Id { get; private set; } = "";

    /// <summary>What to send to people: the URL with the key's hash in its fragment.</summary>
    public string Link { get; private set; } = "";

    /// <summary>Completes when the agent stops, by <see cref="DisposeAsync"/> or because the service refuses it for good (then it faults with <see cref="AgentStartException"/>).</summary>
    public Task Completion => _running;

    public AgentStatus Status => new(_signaling.IsConnected, _visitors.ConnectedCount, _forwarder.RequestCount, _forwarder.LastFailure?.Message);

    /// <summary>Starts an agent; completes once it is registered.</summary>
    /// <exception cref="AgentStartException">It cannot start; code and hint say why.</exception>
    public static async Task<AgentHost> StartAsync(AgentHostOptions options, CancellationToken cancellationToken = default)
    {
        AgentKeyStore store;
        AgentKey key;
        try
        {
            store = new AgentKeyStore(options.DataFolder);
            key = store.LoadOrCreateKey();
        }
        catch (AgentKeyStoreException exception)
        {
            throw new AgentStartException(
                AgentExitCode.DataFolder, exception.Message, $"The folder is chosen by {AgentDataFolder.EnvironmentVariable}; 'peerproxy id' shows it.", exception);
        }

        if (!options.WaitForTarget)
        {
            await CheckTargetAsync(options, cancellationToken).ConfigureAwait(false);
        }

        var host = new AgentHost(options, store, key);
        try
        {
            host._running = host.RunAsync();
            var registered = await host._registered.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            host.Id = registered.Assigned.Id;
            host.Link = LinkFragment.ToLink(registered.Assigned.Url, key.KeyHash);
            return host;
        }
        catch
        {
            await host.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
        {
            return;
        }

        // Visitors first: GOAWAY needs the connections that are about to go.
        await _visitors.DisposeAsync().ConfigureAwait(false);
        await _stopped.CancelAsync().ConfigureAwait(false);
        await _running.ContinueWith(static _ => { }, TaskScheduler.Default).ConfigureAwait(false);
        await _transport.DisposeAsync().ConfigureAwait(false);
        _forwarder.Dispose();
        _cookieJars.Dispose();
        _key.Dispose();
    }

    private static WebRtcTransport CreateTransport(AgentHostOptions options)
    {
        try
        {
            return new WebRtcTransport(new WebRtcTransportOptions { UdpPort = options.UdpPort, IncludeLoopback = options.IncludeLoopback });
        }
        catch (SocketException exception)
        {
            throw new AgentStartException(
                AgentExitCode.Usage, $"UDP port {options.UdpPort} cannot be used: {exception.Message}", "Choose another with --udp-port, or leave it out.", exception);
        }
    }

    private static async Task CheckTargetAsync(AgentHostOptions options, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(TargetCheckTimeout);
        try
        {
            await TargetClient.ProbeAsync(options.Target, options.AcceptAnyCertificate, deadline.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SocketException or AuthenticationException or IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            var failure = exception is OperationCanceledException ? new TargetFailure(TargetFailureKind.Timeout, "") : TargetFailure.From(exception, options.Target);
            var (message, hint) = failure.Kind switch
            {
                TargetFailureKind.Certificate => (failure.Message, $"Run 'peerproxy {options.Target} --insecure' if you trust that server."),
                TargetFailureKind.Tls => (failure.Message, $"Run 'peerproxy http://{options.Target.Origin.Authority}'."),
                TargetFailureKind.Refused or TargetFailureKind.Unresolved =>
                    (failure.Message, $"Start the web server, then run 'peerproxy {options.Target}' again; or add --wait to share it as soon as it is up."),
                TargetFailureKind.Timeout =>
                    ($"{options.Target} does not accept a connection within {TargetCheckTimeout.TotalSeconds} seconds.",
                        "Is the machine on, and does its firewall let you in? Check the address, or add --wait to share it as soon as it is up."),
                _ => ($"{options.Target} cannot be reached: {exception.Message}", "Check the address; or add --wait to share it as soon as it is up."),
            };
            throw new AgentStartException(AgentExitCode.TargetRefused, message, hint, exception);
        }
    }

    private async Task RunAsync()
    {
        var signaling = _signaling.RunAsync(_stopped.Token);
        await foreach (var happened in _signaling.Events.ReadAllAsync().ConfigureAwait(false))
        {
            Handle(happened);
        }

        var outcome = await signaling.ConfigureAwait(false);
        if (!outcome.IsStopped)
        {
            var failure = Refused(outcome);
            _registered.TrySetException(failure);
            throw failure;
        }

        _registered.TrySetCanceled();
    }

    private void Handle(SignalingEvent happened)
    {
        switch (happened)
        {
            case PeerAssigned assigned:
                Remember(assigned.Assigned.Id);
                _registered.TrySetResult(assigned);
                break;
            case OfferReceived offer:
                _visitors.TakeOffer(_signaling.Id!, offer.Visitor, offer.Offer);
                break;
            case CandidateReceived candidate:
                _visitors.TakeCandidate(candidate.Visitor, candidate.Candidate);
                break;
            case VisitorLeft left:
                _visitors.TakeLeave(left.Visitor);
                break;
            case IceServersReceived servers:
                _visitors.UseIceServers(servers.Servers);
                break;
            case SignalingInterrupted { EverConnected: false } interrupted when !_options.WaitForServer:
                _registered.TrySetException(new AgentStartException(
                    AgentExitCode.ServerUnreachable,
                    $"The PeerProxy service cannot be used: {interrupted.Failure.Message}",
                    $"Check the network, and the service's address {_options.Server} (--server, or PEERPROXY_SERVER); or add --wait to keep trying."));
                break;
        }
    }

    private void Remember(string id)
    {
        try
        {
            if (_options.Name is null)
            {
                _store.RememberId(_options.Server, _options.Target.ToString(), id);
            }
        }
        catch (AgentKeyStoreException exception)
        {
            // The link works; only the next start may get another one.
            AgentHostLog.IdNotRemembered(_logger, exception.Message);
        }
    }

    private AgentStartException Refused(SignalingOutcome outcome) => outcome.Code switch
    {
        SignalingErrorCode.NameTaken => new AgentStartException(
            AgentExitCode.NameRefused, $"The name '{_options.Name}' is taken: it belongs to another key.", "Choose another with --name, or leave it out for a random one."),
        SignalingErrorCode.NameInvalid => new AgentStartException(
            AgentExitCode.NameRefused, $"The name '{_options.Name}' cannot be used.", SignalingErrorInfo.Of(SignalingErrorCode.NameInvalid).Message),
        SignalingErrorCode.Superseded => new AgentStartException(
            AgentExitCode.NameRefused,
            $"Another agent with the same key took over the name '{Id}'.",
            "Stop the other one, or give this one its own name (--name) or its own folder (PEERPROXY_HOME)."),
        _ => new AgentStartException(AgentExitCode.ServerUnreachable, $"The server {_options.Server} refuses this agent: {outcome.Message}", "A newer peerproxy may be needed."),
    };
}
