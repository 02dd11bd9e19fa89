using System.Net.NetworkInformation;
using System.Net.WebSockets;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using PeerProxy.Protocol.Identity;
using PeerProxy.Protocol.Signaling;

namespace PeerProxy.Agent.Signaling;

/// <summary>Keeps an agent registered: connects, proves its key, delivers what visitors send, and reconnects until told to stop.</summary>
/// <remarks>
/// One <see cref="RunAsync"/> per client; a single reader of <see cref="Events"/>. When a node drains, the client registers at another one
/// before it leaves the old one, so the agent is reachable throughout.
/// </remarks>
public sealed class SignalingClient
{
    // A goodbye is a courtesy: the node notices without it.
    private static readonly TimeSpan CloseDeadline = TimeSpan.FromSeconds(2);

    private readonly SignalingClientOptions _options;
    private readonly AgentKey _key;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Channel<SignalingEvent> _events;
    private readonly ReconnectBackoff _backoff;
    private readonly Uri _socketUrl;
    private readonly long _epoch;
    private readonly List<Retiring> _retiring = [];
    private volatile SignalingLink? _current;
    private volatile string? _id;
    private string? _remembered;
    private bool _everConnected;

    public SignalingClient(SignalingClientOptions options, AgentKey key, TimeProvider? time = null, ILogger<SignalingClient>? logger = null)
    {
        _options = options;
        _key = key;
        _remembered = options.RememberedId;
        _time = time ?? TimeProvider.System;
        _logger = logger ?? NullLogger<SignalingClient>.Instance;
        _socketUrl = SignalingClientOptions.ToSocketUrl(options.Server);
        _epoch = _time.GetUtcNow().ToUnixTimeMilliseconds();
        _events = Channel.CreateBounded<SignalingEvent>(new BoundedChannelOptions(options.EventQueueLength) { SingleReader = true });
        _backoff = new ReconnectBackoff(options.FirstReconnectDelay, options.MaxReconnectDelay, System.Random.Shared.NextDouble);
    }

    /// <summary>What happens, in order; completes when <see cref="RunAsync"/> ends. When nobody reads, the client stops reading its socket.</summary>
    public ChannelReader<SignalingEvent> Events => _events.Reader;

    /// <summary>The assigned id; null before the first registration.</summary>
    public string? Id => _id;

    /// <summary>Whether a registered connection exists now.</summary>
    public bool IsConnected => _current is not null;

    /// <summary>Sends an answer, a candidate or a leave to a visitor.</summary>
    /// <returns>False when there is no connection; the message is dropped, since a visitor that gets no answer offers again.</returns>
    public ValueTask<bool> SendAsync(string visitor, SignalingPayload payload, CancellationToken cancellationToken) =>
        _current is { } link ? link.SendAsync(new SignalingEnvelope(payload, Recipient: visitor), cancellationToken) : new(false);

    /// <summary>Runs until cancelled or until a permanent error.</summary>
    public async Task<SignalingOutcome> RunAsync(CancellationToken cancellationToken)
    {
        NetworkChange.NetworkAddressChanged += OnNetworkChanged;
        try
        {
            return await RunCoreAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return SignalingOutcome.Stopped;
        }
        finally
        {
            NetworkChange.NetworkAddressChanged -= OnNetworkChanged;
            if (Interlocked.Exchange(ref _current, null) is { } link)
            {
                await link.CloseAsync(CloseDeadline).ConfigureAwait(false);
                link.Dispose();
            }
            await EndRetiringAsync().ConfigureAwait(false);
            _events.Writer.TryComplete();
        }
    }

    private void OnNetworkChanged(object? sender, EventArgs change) => _current?.Doubt();

    private async Task<SignalingOutcome> RunCoreAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var attempt = await ConnectAsync(cancellationToken).ConfigureAwait(false);
            var failure = attempt.Failure;
            if (attempt.Link is { } link)
            {
                // Ends with the link, and reports by aborting the socket.
                _ = link.KeepAliveAsync(_options.PingInterval, _options.PongTimeout);
                var pump = PumpAsync(link, cancellationToken);
                if (await Task.WhenAny(pump, link.Draining).ConfigureAwait(false) == link.Draining)
                {
                    SignalingClientLog.Draining(_logger);
                    _retiring.Add(new Retiring(link, pump));
                    _backoff.Reset();
                    continue;
                }
                var end = await pump.ConfigureAwait(false);
                _current = null;
                link.Dispose();
                if (end.Code != SignalingErrorCode.None && SignalingErrorInfo.Of(end.Code).Permanent)
                {
                    return new SignalingOutcome(end.Code, end.Message);
                }
                failure = end;
                if (_time.GetElapsedTime(link.OpenedAt) >= _options.StableAfter)
                {
                    _backoff.Reset();
                }
            }
            if (failure!.Code != SignalingErrorCode.None && SignalingErrorInfo.Of(failure.Code).Permanent)
            {
                return new SignalingOutcome(failure.Code, failure.Message);
            }
            var wait = _backoff.Next();
            SignalingClientLog.Interrupted(_logger, failure.Kind, failure.Message, wait);
            if (_retiring.TrueForAll(link => link.Pump.IsCompleted))
            {
                await _events.Writer.WriteAsync(new SignalingInterrupted(failure, wait, _everConnected), cancellationToken).ConfigureAwait(false);
            }
            await Task.Delay(wait, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>One attempt: socket, challenge, registration.</summary>
    private async Task<(SignalingLink? Link, SignalingFailure? Failure)> ConnectAsync(CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(_options.AttemptTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        SignalingLink? link = null;
        try
        {
            var open = _options.OpenSocketAsync ?? SignalingConnector.OpenAsync;
            link = new SignalingLink(await open(_socketUrl, either.Token).ConfigureAwait(false), _time);
            var failure = await RegisterAsync(link, either.Token).ConfigureAwait(false);
            if (failure is null)
            {
                return (link, null);
            }
            link.Dispose();
            return (null, failure);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            link?.Dispose();
            return (null, new SignalingFailure(SignalingFailureKind.Timeout, $"{_options.Server} did not answer in time."));
        }
        catch (Exception e) when (e is WebSocketException or HttpRequestException or IOException or ObjectDisposedException)
        {
            link?.Dispose();
            return (null, SignalingConnector.Describe(e, _options.Server));
        }
        catch
        {
            link?.Dispose();
            throw;
        }
    }

    private async Task<SignalingFailure?> RegisterAsync(SignalingLink link, CancellationToken cancellationToken)
    {
        while (await link.ReceiveAsync(cancellationToken).ConfigureAwait(false) is { } envelope)
        {
            switch (envelope.Payload)
            {
                case ChallengePayload challenge:
                    var name = _id ?? _options.Name ?? _remembered ?? "";
                    var statement = SignedStatements.Registration(challenge.Nonce, name, _epoch);
                    var request = new IdRequestPayload(
                        SignalingLimits.Version, name.Length == 0 ? null : name, _key.PublicKey, _key.Sign(statement), _epoch);
                    await link.SendAsync(new SignalingEnvelope(request), cancellationToken).ConfigureAwait(false);
                    break;
                case IdAssignedPayload assigned:
                    await AdoptAsync(link, assigned, cancellationToken).ConfigureAwait(false);
                    return null;
                case ErrorPayload error when Refusal(error) is var refusal:
                    if (_id is null && _options.Name is null && _remembered is not null
                        && refusal.Code is SignalingErrorCode.NameTaken or SignalingErrorCode.NameInvalid)
                    {
                        _remembered = null;
                        return refusal with { Code = SignalingErrorCode.None };
                    }
                    return refusal;
                default:
                    // Anything else before the registration is of no use yet.
                    break;
            }
        }
        return new SignalingFailure(SignalingFailureKind.Lost, $"{_options.Server} closed the connection before the registration.");
    }

    /// <summary>The new link takes over; links that drained say goodbye now.</summary>
    private async Task AdoptAsync(SignalingLink link, IdAssignedPayload assigned, CancellationToken cancellationToken)
    {
        _id = assigned.Id;
        _current = link;
        var isReconnect = _everConnected;
        _everConnected = true;
        SignalingClientLog.Registered(_logger, assigned.Id);
        await _events.Writer.WriteAsync(new PeerAssigned(assigned, isReconnect), cancellationToken).ConfigureAwait(false);
        await EndRetiringAsync().ConfigureAwait(false);
    }

    private async Task EndRetiringAsync()
    {
        foreach (var (link, pump) in _retiring)
        {
            link.IsRetired = true;
            await link.CloseAsync(CloseDeadline).ConfigureAwait(false);
            // The node closes its side in a moment; whatever it still says is delivered until then.
            _ = pump.ContinueWith(static (_, state) => ((SignalingLink)state!).Dispose(), link, TaskScheduler.Default);
        }
        _retiring.Clear();
    }

    /// <summary>Delivers what arrives until the socket ends.</summary>
    private async Task<SignalingFailure> PumpAsync(SignalingLink link, CancellationToken cancellationToken)
    {
        try
        {
            while (await link.ReceiveAsync(cancellationToken).ConfigureAwait(false) is { } envelope)
            {
                switch (envelope.Payload)
                {
                    case OfferPayload offer when envelope.Sender is { } visitor:
                        await _events.Writer.WriteAsync(new OfferReceived(visitor, offer), cancellationToken).ConfigureAwait(false);
                        break;
                    case CandidatePayload candidate when envelope.Sender is { } visitor:
                        await _events.Writer.WriteAsync(new CandidateReceived(visitor, candidate), cancellationToken).ConfigureAwait(false);
                        break;
                    case LeavePayload leave when envelope.Sender is { } visitor:
                        await _events.Writer.WriteAsync(new VisitorLeft(visitor, leave.Reason), cancellationToken).ConfigureAwait(false);
                        break;
                    case IceServersPayload servers:
                        await _events.Writer.WriteAsync(new IceServersReceived(servers), cancellationToken).ConfigureAwait(false);
                        break;
                    case PingPayload ping:
                        await link.SendAsync(new SignalingEnvelope(new PongPayload(ping.T)), cancellationToken).ConfigureAwait(false);
                        break;
                    case DrainPayload:
                        link.BeginDrain();
                        break;
                    case ErrorPayload error when Refusal(error) is { } refusal:
                        if (link.IsRetired || _current != link)
                        {
                            break;
                        }
                        if (SignalingErrorInfo.Of(refusal.Code).Permanent)
                        {
                            return refusal;
                        }
                        await _events.Writer.WriteAsync(new RequestRefused(error), cancellationToken).ConfigureAwait(false);
                        break;
                    default:
                        // A pong has done its work by arriving; what a newer node may send is not for this version.
                        break;
                }
            }
            return new SignalingFailure(SignalingFailureKind.Lost, $"{_options.Server} closed the connection.");
        }
        catch (Exception e) when (e is WebSocketException or IOException or ObjectDisposedException)
        {
            return new SignalingFailure(SignalingFailureKind.Lost, $"The connection to {_options.Server} was lost.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // What a socket's read ends with when the keep-alive aborts it.
            return new SignalingFailure(SignalingFailureKind.Lost, $"{_options.Server} stopped answering.");
        }
        catch (ChannelClosedException)
        {
            return new SignalingFailure(SignalingFailureKind.Lost, "The client has stopped.");
        }
    }

    private static SignalingFailure Refusal(ErrorPayload error)
    {
        _ = SignalingErrorInfo.TryParse(error.Code, out var code);
        return new SignalingFailure(SignalingFailureKind.Refused, error.Message, code);
    }

    private readonly record struct Retiring(SignalingLink Link, Task<SignalingFailure> Pump);
}
