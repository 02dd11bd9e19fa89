using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using PeerProxy.Agent.Cookies;
using PeerProxy.Agent.Forwarding;
using PeerProxy.Protocol.Identity;
using PeerProxy.Protocol.Signaling;
using PeerProxy.WebRtc.Connection;
using SignaledIceServer = PeerProxy.Protocol.Signaling.IceServer;

namespace PeerProxy.Agent.Visitors;

/// <summary>Makes sessions of offers and keeps them until they end.</summary>
/// <remarks>
/// <code>
/// 1 offer        2 limits, the session's signature -> its cookie jar     3 a peer connection takes the offer
/// 4 the answer, signed over both fingerprints (docs/protocol.md, section 7)   5 candidates both ways   6 the tunnel
/// </code>
/// </remarks>
internal sealed class VisitorRegistry(
    IPeerTransport transport,
    AgentKey key,
    TargetForwarder forwarder,
    CookieJarStore cookieJars,
    VisitorRegistryOptions options,
    Func<string, SignalingPayload, CancellationToken, ValueTask<bool>> send,
    ILogger<VisitorRegistry> logger) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, VisitorSession> _sessions = new();
    private readonly CancellationTokenSource _stopped = new();
    private IReadOnlyList<SignaledIceServer> _iceServers = [];

    /// <summary>Visitors connected now.</summary>
    public int ConnectedCount => _sessions.Values.Count(session => session.IsConnected);

    /// <summary>STUN and TURN servers for the sessions to come; asked at once, so that the first answer has their candidates.</summary>
    public void UseIceServers(IceServersPayload servers)
    {
        _iceServers = servers.IceServers;
        transport.UseServers(CurrentIceServers());
    }

    /// <summary>Takes an offer; the work goes on in the background, so that one visitor does not hold up the next.</summary>
    /// <param name="peerId">The agent's id, which is part of what is signed.</param>
    public void TakeOffer(string peerId, string visitorId, OfferPayload offer)
    {
        if (offer.Restart && FindRestarting(visitorId, peerId, offer) is { } existing)
        {
            _ = AnswerAsync(existing, peerId, offer, isNew: false);
            return;
        }

        if (_sessions.TryRemove(visitorId, out var replaced))
        {
            _ = replaced.DisposeAsync().AsTask();
        }

        if (_sessions.Count >= options.MaxVisitors)
        {
            Refuse(visitorId, SignalingErrorCode.Busy, "Too many visitors are connected.");
            return;
        }

        if (!SdpFingerprint.TryRead(offer.Sdp, out var visitorFingerprint))
        {
            Refuse(visitorId, SignalingErrorCode.BadMessage, "The offer has no SHA-256 fingerprint.");
            return;
        }

        if (!TryOpenJar(peerId, offer, visitorFingerprint, out var cookies))
        {
            Refuse(visitorId, SignalingErrorCode.BadSignature, "The session's signature does not match its key.");
            return;
        }

        IPeerConnection Connect() => transport.CreateConnection(new PeerConnectionOptions { IceServers = CurrentIceServers(), RelayOnly = options.RelayOnly });
        var connection = Connect();
        var mediaId = MediaIdOf(offer.Sdp);
        var owner = new SessionOwner(visitorFingerprint, offer.Session?.PublicKey);
        var session = new VisitorSession(
            visitorId, owner, connection, cookies, forwarder, Connect, (visitor, candidate) => Send(visitor, new CandidatePayload(candidate ?? "", mediaId)), logger);
        _sessions[visitorId] = session;
        _ = AnswerAsync(session, peerId, offer, isNew: true);
    }

    public void TakeCandidate(string visitorId, CandidatePayload candidate)
    {
        if (_sessions.TryGetValue(visitorId, out var session))
        {
            session.AddRemoteCandidate(candidate.Candidate);
        }
    }

    /// <summary>The visitor's signaling says it is gone. A connected session is left alone: it knows better, and ends by itself when its peer is gone.</summary>
    public void TakeLeave(string visitorId)
    {
        if (_sessions.TryGetValue(visitorId, out var session) && !session.IsConnected && _sessions.TryRemove(visitorId, out _))
        {
            _ = session.DisposeAsync().AsTask();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_sessions.Values.Select(session => session.ShutdownAsync())).ConfigureAwait(false);
    }

    private async Task AnswerAsync(VisitorSession session, string peerId, OfferPayload offer, bool isNew)
    {
        try
        {
            var answer = await session.AcceptOfferAsync(offer.Sdp, _stopped.Token).ConfigureAwait(false);
            if (!SdpFingerprint.TryRead(offer.Sdp, out var visitorFingerprint) || !SdpFingerprint.TryRead(answer, out var agentFingerprint))
            {
                throw new PeerConnectionException("A description has no SHA-256 fingerprint.");
            }

            var signature = key.Sign(SignedStatements.Answer(peerId, offer.Nonce, visitorFingerprint, agentFingerprint));
            await send(session.VisitorId, new AnswerPayload(answer, key.PublicKey, signature), _stopped.Token).ConfigureAwait(false);
            session.AnswerSent();
        }
        catch (Exception exception) when (exception is PeerConnectionException or OperationCanceledException)
        {
            if (exception is PeerConnectionException)
            {
                Refuse(session.VisitorId, SignalingErrorCode.BadMessage, exception.Message);
            }

            if (isNew)
            {
                Remove(session);
                await session.DisposeAsync().ConfigureAwait(false);
            }

            return;
        }
        catch (Exception exception)
        {
            VisitorLog.Failed(logger, session.VisitorId, exception);
            Remove(session);
            await session.DisposeAsync().ConfigureAwait(false);
            return;
        }

        if (isNew)
        {
            await session.RunAsync().ConfigureAwait(false);
            Remove(session);
        }
    }

    /// <summary>The session an offer wants to restart: the visitor's own; or, when the visitor's address changed and its signaling came anew under
    /// another id, the one with the same DTLS certificate whose session key has signed this offer too.</summary>
    private VisitorSession? FindRestarting(string visitorId, string peerId, OfferPayload offer)
    {
        if (_sessions.TryGetValue(visitorId, out var same))
        {
            return same;
        }

        if (!SdpFingerprint.TryRead(offer.Sdp, out var fingerprint))
        {
            return null;
        }

        var owner = new SessionOwner(fingerprint, offer.Session?.PublicKey);
        var moved = _sessions.Values.FirstOrDefault(session => session.Owner == owner);
        if (moved is null || !IsProofValid(peerId, offer, fingerprint) || !_sessions.TryAdd(visitorId, moved))
        {
            return null;
        }

        _sessions.TryRemove(KeyValuePair.Create(moved.VisitorId, moved));
        moved.VisitorId = visitorId;
        return moved;
    }

    private static bool IsProofValid(string peerId, OfferPayload offer, string visitorFingerprint)
    {
        if (offer.Session is not { } proof)
        {
            return true;
        }

        if (!PeerPublicKey.TryParse(proof.PublicKey, out var sessionKey))
        {
            return false;
        }

        using (sessionKey)
        {
            return SignedStatements.VerifySession(sessionKey, proof.Signature, peerId, offer.Nonce, visitorFingerprint);
        }
    }

    /// <summary>Removes exactly this session: a newer one of the same visitor stays.</summary>
    private void Remove(VisitorSession session) => _sessions.TryRemove(KeyValuePair.Create(session.VisitorId, session));

    private bool TryOpenJar(string peerId, OfferPayload offer, string visitorFingerprint, out CookieJarLease cookies)
    {
        cookies = null!;
        if (offer.Session is not { } proof)
        {
            cookies = new CookieJarLease(new CookieJar(TimeProvider.System), () => { });
            return true;
        }

        if (!PeerPublicKey.TryParse(proof.PublicKey, out var sessionKey))
        {
            return false;
        }

        using (sessionKey)
        {
            if (!SignedStatements.VerifySession(sessionKey, proof.Signature, peerId, offer.Nonce, visitorFingerprint))
            {
                return false;
            }

            cookies = cookieJars.Acquire(sessionKey.KeyHash);
            return true;
        }
    }

    private List<WebRtc.Connection.IceServer> CurrentIceServers() =>
    [
        .. options.ExtraIceServers,
        .. _iceServers.SelectMany(server => server.Urls, (server, url) => new WebRtc.Connection.IceServer(url, server.Username, server.Credential)),
    ];

    /// <summary>The value of the offer's first <c>a=mid</c>; browsers want it with each candidate.</summary>
    private static string MediaIdOf(string sdp)
    {
        const string Attribute = "a=mid:";
        var start = sdp.IndexOf(Attribute, StringComparison.Ordinal);
        if (start < 0)
        {
            return "0";
        }

        var value = sdp.AsSpan(start + Attribute.Length);
        var end = value.IndexOfAny('\r', '\n');
        return (end < 0 ? value : value[..end]).ToString();
    }

    private void Refuse(string visitorId, SignalingErrorCode code, string reason)
    {
        VisitorLog.OfferRefused(logger, visitorId, reason);
        var info = SignalingErrorInfo.Of(code);
        Send(visitorId, new ErrorPayload(info.Name, reason, info.Retryable, SignalingMessageType.Offer));
    }

    private void Send(string visitorId, SignalingPayload payload) => _ = SendCoreAsync(visitorId, payload);

    private async Task SendCoreAsync(string visitorId, SignalingPayload payload)
    {
        try
        {
            await send(visitorId, payload, _stopped.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The agent stops; nobody waits for this message.
        }
    }
}
