using System.Net;
using Microsoft.Extensions.Logging;
using PeerProxy.Agent.Cookies;
using PeerProxy.Agent.Forwarding;
using PeerProxy.Agent.Telemetry;
using PeerProxy.Agent.Tunnel;
using PeerProxy.Protocol.Tunnel;
using PeerProxy.WebRtc.Connection;

namespace PeerProxy.Agent.Visitors;

/// <summary>One visitor: its peer connection, its tunnel, its cookies. Whatever goes wrong in it ends it and nothing else.</summary>
internal sealed class VisitorSession : IAsyncDisposable
{
    /// <summary>What the open streams of a visitor may take when the agent stops.</summary>
    private static readonly TimeSpan ShutdownGrace = TimeSpan.FromMilliseconds(500);

    private readonly IPeerConnection _connection;
    private readonly CookieJarLease _cookies;
    private readonly TargetForwarder _forwarder;
    private readonly ILogger _logger;
    private readonly TunnelConnection _tunnel;
    private readonly VisitorContext _context;
    private readonly VisitorLanes _lanes;
    private readonly Action<string, string?> _sendCandidate;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _negotiating = new(1);
    private List<string?>? _remoteCandidates = [];
    private List<string?>? _localCandidates = [];
    private int _disposed;

    /// <param name="createLane">Makes a further peer connection to the same visitor.</param>
    /// <param name="sendCandidate">Sends a local candidate to the visitor of this id; called only after <see cref="AnswerSent"/>.</param>
    public VisitorSession(
        string visitorId,
        SessionOwner owner,
        IPeerConnection connection,
        CookieJarLease cookies,
        TargetForwarder forwarder,
        Func<IPeerConnection> createLane,
        Action<string, string?> sendCandidate,
        ILogger logger)
    {
        VisitorId = visitorId;
        Owner = owner;
        _connection = connection;
        _cookies = cookies;
        _forwarder = forwarder;
        _sendCandidate = sendCandidate;
        _logger = logger;
        _context = new VisitorContext(cookies.Jar, RemoteAddress);
        var (control, streams) = TunnelChannels.Open(connection);
        _tunnel = new TunnelConnection(control, streams, TunnelRole.Agent, new TunnelConnectionOptions
        {
            StreamOpened = stream => _ = _forwarder.ServeAsync(stream, _context),
            RoundTripTime = () => _connection.SelectedPath?.RoundTripTime,
            Settings = TunnelSettings.Default with { Features = TunnelFeatures.Lanes },
            ControlReceived = json =>
            {
                _lanes!.OnControl(json);
                _forwarder.HandleControl(json, _context);
            },
        });
        _lanes = new VisitorLanes(_tunnel, createLane);
        _connection.Receiving += _lanes.OnProgress;
        _connection.LocalCandidateFound += OnLocalCandidate;
    }

    /// <summary>What signaling calls the visitor; another id when the visitor's socket is another.</summary>
    public string VisitorId { get; set; }

    /// <summary>Who may restart this session.</summary>
    public SessionOwner Owner { get; }

    /// <summary>Whether data channels are up.</summary>
    public bool IsConnected => _connection.State == PeerConnectionState.Connected;

    /// <summary>Takes an offer, the first or one of an ICE restart.</summary>
    /// <exception cref="PeerConnectionException">The SDP cannot be used.</exception>
    public async Task<string> AcceptOfferAsync(string sdp, CancellationToken cancellationToken)
    {
        await _negotiating.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var answer = await _connection.AcceptOfferAsync(sdp, cancellationToken).ConfigureAwait(false);
            List<string?> waiting;
            lock (_gate)
            {
                waiting = _remoteCandidates ?? [];
                _remoteCandidates = null;
            }

            foreach (var candidate in waiting)
            {
                _connection.AddRemoteCandidate(candidate);
            }

            return answer;
        }
        finally
        {
            _negotiating.Release();
        }
    }

    /// <summary>The answer is on its way: candidates may follow it.</summary>
    public void AnswerSent()
    {
        lock (_gate)
        {
            foreach (var candidate in _localCandidates ?? [])
            {
                _sendCandidate(VisitorId, candidate);
            }

            _localCandidates = null;
        }
    }

    /// <summary>Takes a candidate; one that comes before its offer was taken waits for it.</summary>
    public void AddRemoteCandidate(string? candidate)
    {
        lock (_gate)
        {
            if (_remoteCandidates is not null)
            {
                if (_remoteCandidates.Count < VisitorLimits.MaxWaitingCandidates)
                {
                    _remoteCandidates.Add(candidate);
                }

                return;
            }
        }

        _connection.AddRemoteCandidate(candidate);
    }

    /// <summary>Runs from the answer to the end of the session. Never throws.</summary>
    public async Task RunAsync()
    {
        try
        {
            await _connection.Connected.ConfigureAwait(false);
            var path = _connection.SelectedPath;
            VisitorLog.Connected(_logger, VisitorId, path?.IsRelayed == true ? "relayed" : "direct");
            AgentTelemetry.ActiveVisitors.Add(1);
            try
            {
                _tunnel.Start();
                await Task.WhenAny(_tunnel.Completion, _connection.Closed).ConfigureAwait(false);
                VisitorLog.Ended(_logger, VisitorId, _tunnel.Completion.IsCompleted ? (await _tunnel.Completion.ConfigureAwait(false)).Reason : "The connection was closed.");
            }
            finally
            {
                AgentTelemetry.ActiveVisitors.Add(-1);
            }
        }
        catch (PeerConnectionException exception)
        {
            VisitorLog.NeverConnected(_logger, VisitorId, exception.Message);
        }
        catch (Exception exception)
        {
            VisitorLog.Failed(_logger, VisitorId, exception);
        }
        finally
        {
            await DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Says GOAWAY and lets open streams finish for a moment.</summary>
    public async Task ShutdownAsync()
    {
        if (IsConnected)
        {
            await _tunnel.ShutdownAsync(TunnelErrorCode.GoingAway, "The agent shuts down.", ShutdownGrace).ConfigureAwait(false);
        }

        await DisposeAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
        {
            return;
        }

        _connection.LocalCandidateFound -= OnLocalCandidate;
        _connection.Receiving -= _lanes.OnProgress;
        await _tunnel.DisposeAsync().ConfigureAwait(false);
        await _lanes.DisposeAsync().ConfigureAwait(false);
        await _connection.DisposeAsync().ConfigureAwait(false);
        _cookies.Dispose();
    }

    private void OnLocalCandidate(string? candidate)
    {
        lock (_gate)
        {
            if (_localCandidates is not null)
            {
                _localCandidates.Add(candidate);
                return;
            }
        }

        _sendCandidate(VisitorId, candidate);
    }

    private string? RemoteAddress()
    {
        var path = _connection.SelectedPath;
        return path is { IsRelayed: false } && IPEndPoint.TryParse(path.Remote, out var endPoint) ? endPoint.Address.ToString() : null;
    }
}
