using System.Text;
using PeerProxy.WebRtc.Stun;

namespace PeerProxy.WebRtc.Turn;

/// <content>Requests, their authentication, and their answers.</content>
public sealed partial class TurnAllocation
{
    private const int MaxTries = 7;
    private const int FinalWaitFactor = 16;

    /// <summary>A first 401 and two stale nonces; a server that wants more is going round in circles.</summary>
    private const int MaxAuthenticationRounds = 3;

    /// <summary>A nonce or realm is shorter than 128 characters (RFC 8489 section 14.9); bytes may be three times that.</summary>
    private const int MaxNonceLength = 763;

    /// <summary>Fits a request with eight peers, the longest nonce and user name.</summary>
    private const int MaxRequestSize = 2048;

    private const byte TransportUdp = 17;
    private const byte FamilyIPv6 = 2;

    private static readonly TimeSpan _initialRto = TimeSpan.FromMilliseconds(250);

    /// <summary>On a stream nothing is repeated: this is how long an answer may take.</summary>
    private static readonly TimeSpan _streamTimeout = TimeSpan.FromSeconds(15);

    /// <summary>After a failed refresh the next try comes this soon: the allocation has a minute left then.</summary>
    private static readonly TimeSpan _minRefreshWait = TimeSpan.FromSeconds(5);

    private byte[] _key = [];
    private byte[] _nonce = [];
    private string _realm = "";
    private TurnCredentials? _keyCredentials;
    private TurnCredentials? _previousCredentials;

    /// <summary>Sends a request, or sends it anew with what the server demanded.</summary>
    private void Begin(TurnTransaction transaction, Timestamp now)
    {
        _deadlineIsStale = true;
        if (_realm.Length > 0 && _keyCredentials != _credentials)
        {
            _key = MessageIntegrity.LongTermKey(_credentials.Username, _realm, _credentials.Password);
            _keyCredentials = _credentials;
        }

        transaction.Id = StunTransactionId.Create(_random);
        transaction.Key = _key;
        transaction.Credentials = _key.Length > 0 ? _credentials : null;
        transaction.Message = Write(transaction);
        transaction.Tries = 0;
        if (!_transactions.Contains(transaction))
        {
            _transactions.Add(transaction);
        }

        Try(transaction, now);
        foreach (byte[] follower in transaction.Followers)
        {
            _outbox.Enqueue(follower);
        }
    }

    private byte[] Write(TurnTransaction transaction)
    {
        Span<byte> buffer = stackalloc byte[MaxRequestSize];
        var writer = new StunMessageWriter(buffer, StunClass.Request, transaction.Method, transaction.Id);
        switch (transaction.Method)
        {
            case StunMethod.Allocate:
                writer.Add(StunAttributeType.RequestedTransport, [TransportUdp, 0, 0, 0]);
                if (_options.WantsIPv6)
                {
                    writer.Add(StunAttributeType.RequestedAddressFamily, [FamilyIPv6, 0, 0, 0]);
                }

                writer.AddUInt32(StunAttributeType.Lifetime, (uint)transaction.Lifetime.TotalSeconds);
                break;
            case StunMethod.Refresh:
                writer.AddUInt32(StunAttributeType.Lifetime, (uint)transaction.Lifetime.TotalSeconds);
                break;
            case StunMethod.CreatePermission:
                foreach (TurnPermission permission in transaction.Permissions)
                {
                    writer.AddXorAddress(StunAttributeType.XorPeerAddress, permission.Peer);
                }

                break;
            default:
                TurnChannel channel = transaction.Channel!;
                writer.Add(StunAttributeType.ChannelNumber, [(byte)(channel.Number >> 8), (byte)channel.Number, 0, 0]);
                writer.AddXorAddress(StunAttributeType.XorPeerAddress, channel.Peer);
                break;
        }

        if (transaction.Key.Length > 0)
        {
            writer.Add(StunAttributeType.Username, _credentials.Username);
            writer.Add(StunAttributeType.Realm, _realm);
            writer.Add(StunAttributeType.Nonce, _nonce);
            writer.AddIntegrity(transaction.Key);
        }

        writer.AddFingerprint();
        return buffer[..writer.Length].ToArray();
    }

    private void Try(TurnTransaction transaction, Timestamp now)
    {
        transaction.Tries++;
        transaction.NextTryAt = now + (_options.IsStream ? _streamTimeout
            : transaction.Tries >= MaxTries ? _initialRto * FinalWaitFactor
            : _initialRto * (1 << (transaction.Tries - 1)));
        _outbox.Enqueue(transaction.Message);
    }

    private void Retransmit(Timestamp now)
    {
        for (int i = _transactions.Count - 1; i >= 0 && i < _transactions.Count; i--)
        {
            TurnTransaction transaction = _transactions[i];
            if (now < transaction.NextTryAt)
            {
                continue;
            }

            if (_options.IsStream || transaction.Tries >= MaxTries)
            {
                _transactions.RemoveAt(i);
                OnNoAnswer(transaction, now);
            }
            else
            {
                Try(transaction, now);
            }
        }
    }

    private void OnNoAnswer(TurnTransaction transaction, Timestamp now)
    {
        switch (transaction.Method)
        {
            case StunMethod.CreatePermission:
                Release(transaction.Permissions, now);
                break;
            case StunMethod.ChannelBind:
                Release(transaction.Channel!, now);
                break;
            case StunMethod.Refresh when State == TurnState.Closing:
                End(TurnState.Closed, TurnEventKind.Closed);
                break;
            default:
                Fail(new TurnFailure(TurnFailureReason.Unreachable));
                break;
        }
    }

    private bool HandleResponse(in StunMessageReader response, Timestamp now)
    {
        if (response.Class is not (StunClass.SuccessResponse or StunClass.ErrorResponse))
        {
            return false;
        }

        StunTransactionId id = response.TransactionId;
        TurnTransaction? transaction = _transactions.Find(candidate => candidate.Id == id);
        if (transaction is null || response.Method != transaction.Method)
        {
            return false;
        }

        // A success must be authentic. Errors that ask for credentials cannot be; one that claims to be must be right.
        bool mustProve = response.Class == StunClass.SuccessResponse ? transaction.Key.Length > 0 : response.Has(StunAttributeType.MessageIntegrity);
        if (mustProve && !response.CheckIntegrity(transaction.Key))
        {
            return false;
        }

        if (response.Class == StunClass.SuccessResponse)
        {
            _transactions.Remove(transaction);
            OnSuccess(transaction, response, now);
            return true;
        }

        if (!response.TryGetErrorCode(out int code))
        {
            return false;
        }

        if (code is StunErrorCode.Unauthenticated or StunErrorCode.StaleNonce && TryAuthenticate(transaction, code, response, now))
        {
            return true;
        }

        _transactions.Remove(transaction);
        OnRefused(transaction, code, response, now);
        return true;
    }

    /// <summary>Takes realm and nonce from a 401 or 438 and sends the request again, if that can help (RFC 8489 section 9.2.5).</summary>
    private bool TryAuthenticate(TurnTransaction transaction, int code, in StunMessageReader response, Timestamp now)
    {
        bool refused = code == StunErrorCode.Unauthenticated && transaction.Credentials is { } used && used == _credentials;
        bool hasNonce = response.TryGet(StunAttributeType.Nonce, out ReadOnlySpan<byte> nonce) && nonce.Length <= MaxNonceLength;
        bool hasRealm = response.TryGet(StunAttributeType.Realm, out ReadOnlySpan<byte> realm) && realm.Length is > 0 and <= MaxNonceLength;
        if (refused || !hasNonce || (!hasRealm && _realm.Length == 0) || ++transaction.AuthenticationRounds > MaxAuthenticationRounds)
        {
            return false;
        }

        _nonce = nonce.ToArray();
        if (hasRealm)
        {
            string name = Encoding.UTF8.GetString(realm);
            if (name != _realm)
            {
                _realm = name;
                _keyCredentials = null;
            }
        }

        Begin(transaction, now);
        return true;
    }

    private void OnSuccess(TurnTransaction transaction, in StunMessageReader response, Timestamp now)
    {
        switch (transaction.Method)
        {
            case StunMethod.Allocate:
                OnAllocated(response, now);
                break;
            case StunMethod.Refresh when transaction.Lifetime == TimeSpan.Zero:
                OnReleased(now);
                break;
            case StunMethod.Refresh:
                _previousCredentials = null;
                ScheduleRefresh(response, now);
                break;
            case StunMethod.CreatePermission:
                Grant(transaction.Permissions, now);
                break;
            default:
                Bind(transaction.Channel!, now);
                break;
        }
    }

    private void OnAllocated(in StunMessageReader response, Timestamp now)
    {
        if (!response.TryGetXorAddress(StunAttributeType.XorRelayedAddress, out TransportAddress relayed)
            || !response.TryGetMappedAddress(out TransportAddress mapped))
        {
            Fail(new TurnFailure(TurnFailureReason.ProtocolViolation));
            return;
        }

        RelayedAddress = relayed;
        MappedAddress = mapped;
        State = TurnState.Ready;
        ScheduleRefresh(response, now);
        AddEvent(new TurnEvent(TurnEventKind.Allocated));
    }

    private void ScheduleRefresh(in StunMessageReader response, Timestamp now)
    {
        TimeSpan lifetime = response.TryGetUInt32(StunAttributeType.Lifetime, out uint seconds) ? TimeSpan.FromSeconds(seconds) : _options.Lifetime;
        TimeSpan wait = lifetime * 0.9;
        _refreshAt = now + (wait > _minRefreshWait ? wait : _minRefreshWait);
    }

    private void OnReleased(Timestamp now)
    {
        if (State == TurnState.Closing)
        {
            End(TurnState.Closed, TurnEventKind.Closed);
        }
        else
        {
            // An allocation an earlier process left on this socket is gone: now ask for an own one.
            Begin(new TurnTransaction(StunMethod.Allocate) { Lifetime = _options.Lifetime }, now);
        }
    }

    private void OnRefused(TurnTransaction transaction, int code, in StunMessageReader response, Timestamp now)
    {
        bool oldCredentialsHelp = code is StunErrorCode.Unauthenticated or StunErrorCode.WrongCredentials && _previousCredentials is not null;
        if (oldCredentialsHelp && State == TurnState.Ready)
        {
            _credentials = _previousCredentials!;
            _previousCredentials = null;
            transaction.AuthenticationRounds = 0;
            AddEvent(new TurnEvent(TurnEventKind.ReallocationNeeded));
            Begin(transaction, now);
            return;
        }

        bool isOvertaken = code is StunErrorCode.Unauthenticated or StunErrorCode.WrongCredentials && transaction.Credentials is { } used && used != _credentials;
        if (isOvertaken && State == TurnState.Ready && ++transaction.AuthenticationRounds <= MaxAuthenticationRounds)
        {
            // Another request has found out meanwhile which credentials the server takes.
            Begin(transaction, now);
            return;
        }

        if (code is StunErrorCode.Unauthenticated or StunErrorCode.WrongCredentials && State == TurnState.Ready)
        {
            AddEvent(new TurnEvent(TurnEventKind.ReallocationNeeded));
        }

        if (code == StunErrorCode.AllocationMismatch && State == TurnState.Ready)
        {
            // The server does not know this five-tuple any more: a NAT between has given us another port, or the server was restarted.
            Fail(FailureOf(code, response));
            return;
        }

        switch (transaction.Method)
        {
            case StunMethod.CreatePermission:
                Refuse(transaction.Permissions, code, now);
                break;
            case StunMethod.ChannelBind:
                Release(transaction.Channel!, now);
                break;
            case StunMethod.Refresh when State == TurnState.Closing:
                End(TurnState.Closed, TurnEventKind.Closed);
                break;
            case StunMethod.Allocate when code == StunErrorCode.AllocationMismatch && !_mismatchCleared:
                // RFC 8656 section 7.4: an allocation of an earlier process on the same socket. With the same user it can be given back.
                _mismatchCleared = true;
                Begin(new TurnTransaction(StunMethod.Refresh) { Lifetime = TimeSpan.Zero }, now);
                break;
            default:
                Fail(FailureOf(code, response));
                break;
        }
    }

    private static TurnFailure FailureOf(int code, in StunMessageReader response)
    {
        TurnFailureReason reason = code switch
        {
            StunErrorCode.TryAlternate => TurnFailureReason.TryAlternate,
            StunErrorCode.Unauthenticated or StunErrorCode.StaleNonce or StunErrorCode.WrongCredentials => TurnFailureReason.Unauthenticated,
            StunErrorCode.AllocationQuotaReached or StunErrorCode.InsufficientCapacity or StunErrorCode.ServerError => TurnFailureReason.NoCapacity,
            StunErrorCode.AllocationMismatch => TurnFailureReason.AllocationLost,
            _ => TurnFailureReason.Refused,
        };
        TransportAddress? alternate = response.TryGetAlternateServer(out TransportAddress server) ? server : null;
        return new TurnFailure(reason, code, alternate);
    }
}
