using System.Buffers.Binary;
using PeerProxy.WebRtc.DataChannels;
using PeerProxy.WebRtc.Dtls;
using PeerProxy.WebRtc.Ice;
using PeerProxy.WebRtc.Sctp;
using PeerProxy.WebRtc.Sdp;

namespace PeerProxy.WebRtc.Connection;

/// <content>Offers and answers (RFC 8829, as far as one data-channel section needs it).</content>
public sealed partial class PeerConnection
{
    /// <summary>Random characters after the prefix: too many to guess before the integrity check is even asked.</summary>
    private const int RandomFragmentLength = 6;

    private readonly List<IceCandidate> _localCandidates = [];
    private readonly List<IceCandidate> _earlyCandidates = [];
    private ulong _sessionId;
    private ulong _version;
    private SessionDescription? _remote;
    private bool _isDtlsClient;
    private bool _isOfferPending;

    /// <summary>Answers an offer; all local candidates known by now are in the answer. A later offer may restart ICE.</summary>
    /// <param name="areCandidatesComplete">No more local candidates will be added.</param>
    /// <exception cref="PeerConnectionException">The offer does not fit the session that stands.</exception>
    public SessionDescription AcceptOffer(SessionDescription offer, bool areCandidatesComplete, Timestamp now)
    {
        ThrowIfOver();
        CheckIdentity(offer);
        var isFirst = _ice is null;
        if (isFirst)
        {
            CreateIce(IceRole.Controlled, now);
            _isDtlsClient = SessionDescription.AnswerSetup(offer.Setup, DtlsSetup.Active) == DtlsSetup.Active;
        }
        else if (_ice!.RemoteCredentials is { } known && known != offer.IceCredentials)
        {
            _ice.Restart(NewCredentials(), now);
        }

        _isOfferPending = false;
        ApplyRemote(offer, now);

        // Who takes the offer's INIT says its own; the other way round both would have to.
        ReadOnlyMemory<byte>? init = _session.RemoteInit is null ? null : LocalSctpInit();
        return SessionDescription.CreateAnswer(offer, LocalParameters(areCandidatesComplete) with { SctpInit = init }, _isDtlsClient ? DtlsSetup.Active : DtlsSetup.Passive);
    }

    /// <summary>Makes an offer; <paramref name="iceRestart"/> asks for new paths on a session that stands.</summary>
    public SessionDescription CreateOffer(bool iceRestart, bool areCandidatesComplete, Timestamp now)
    {
        ThrowIfOver();
        if (_ice is null)
        {
            CreateIce(IceRole.Controlling, now);
        }
        else if (iceRestart)
        {
            _ice.Restart(NewCredentials(), now);
        }

        _isOfferPending = true;

        // A later offer says again what the session was made with, and nothing where it had a handshake.
        ReadOnlyMemory<byte>? init = _remote is null || _session.RemoteInit is not null ? LocalSctpInit() : null;
        return SessionDescription.CreateOffer(LocalParameters(areCandidatesComplete) with { SctpInit = init }, DtlsSetup.ActPass, _remote?.Mid ?? "0");
    }

    /// <exception cref="PeerConnectionException">No offer is waiting for it, or it does not fit the session that stands.</exception>
    public void AcceptAnswer(SessionDescription answer, Timestamp now)
    {
        ThrowIfOver();
        if (!_isOfferPending)
        {
            throw new PeerConnectionException("No offer is waiting for an answer.");
        }

        CheckIdentity(answer);
        if (_remote is null)
        {
            _isDtlsClient = answer.Setup switch
            {
                DtlsSetup.Active => false,
                DtlsSetup.Passive => true,
                _ => throw new PeerConnectionException("The answer must choose a=setup:active or a=setup:passive."),
            };
        }

        _isOfferPending = false;
        ApplyRemote(answer, now);
    }

    private void ApplyRemote(SessionDescription remote, Timestamp now)
    {
        var isFirst = _remote is null;
        _remote = remote;
        if (isFirst)
        {
            _connectBy = now + _settings.ConnectTimeout;
            CreateSession(remote);
        }

        _ice!.SetRemoteDescription(remote.IceCredentials, remote.IsIceLite, now);
        foreach (var candidate in remote.Candidates)
        {
            _ice.AddRemoteCandidate(candidate, now);
        }

        foreach (var candidate in _earlyCandidates)
        {
            _ice.AddRemoteCandidate(candidate, now);
        }

        _earlyCandidates.Clear();
        if (remote.IsEndOfCandidates)
        {
            _ice.SetRemoteEndOfCandidates(now);
        }

        if (isFirst)
        {
            if (_isDtlsClient)
            {
                // The peer's checks may have come before its description: then its path is usable already.
                StartDtls(now);
            }
            else
            {
                _session.StartAsServer(now);
            }
        }

        Pump(now);
    }

    private void CreateSession(SessionDescription remote)
    {
        if (!DtlsFingerprint.TryParse(SdpFingerprint.Sha256, remote.Fingerprint, out var fingerprint))
        {
            throw new PeerConnectionException("The description has no usable SHA-256 fingerprint.");
        }

        _session.Create(new DtlsOptions
        {
            IsClient = _isDtlsClient,
            Certificate = _settings.Certificate,
            RemoteFingerprints = [fingerprint!],
            HandshakeTimeLimit = _settings.ConnectTimeout,
        });
        if (remote.SctpInit is { } init && SctpAssociation.IsUsableInit(init.Span))
        {
            _session.RemoteInit = init;
        }

        Channels = new DataChannelSet(_session.Association, _isDtlsClient)
        {
            RemoteMaxMessageSize = remote.MaxMessageSize is 0 or > int.MaxValue ? int.MaxValue : (int)remote.MaxMessageSize,
        };
    }

    private void CreateIce(IceRole role, Timestamp now)
    {
        Span<byte> id = stackalloc byte[8];
        _settings.Random.Fill(id);
        // RFC 8829 5.2.1: a positive 63-bit number.
        _sessionId = BinaryPrimitives.ReadUInt64BigEndian(id) >> 1;
        _ice = new IceAgent(
            new IceOptions { LocalCredentials = NewCredentials(), Role = role, ConnectTimeout = _settings.ConnectTimeout }, _settings.Random);
        foreach (var candidate in _localCandidates)
        {
            _ice.AddLocalCandidate(candidate, now);
        }
    }

    private IceCredentials NewCredentials() =>
        IceCredentials.Create(_settings.UsernamePrefix + IceCredentials.CreateText(RandomFragmentLength, _settings.Random), _settings.Random);

    private ReadOnlyMemory<byte> LocalSctpInit() => _session.Association.CreateLocalInit();

    private SdpLocalParameters LocalParameters(bool areCandidatesComplete) => new()
    {
        SessionId = _sessionId,
        Version = ++_version,
        IceCredentials = _ice!.LocalCredentials,
        Fingerprint = _settings.Certificate.Fingerprint.ToHexPairs(),
        MaxMessageSize = _settings.Sctp.MaxMessageSize,
        Candidates = [.. _ice.LocalCandidates],
        IsEndOfCandidates = areCandidatesComplete,
    };

    /// <summary>A session keeps its certificate: another one would be another peer.</summary>
    private void CheckIdentity(SessionDescription remote)
    {
        if (_remote is not null && _remote.Fingerprint != remote.Fingerprint)
        {
            throw new PeerConnectionException("The description names another certificate (a=fingerprint) than the session was made with.");
        }
    }

    private void ThrowIfOver()
    {
        if (IsOver)
        {
            throw new PeerConnectionException("The connection is closed.");
        }
    }
}
