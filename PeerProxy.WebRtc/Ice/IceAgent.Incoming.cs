using PeerProxy.WebRtc.Stun;

namespace PeerProxy.WebRtc.Ice;

/// <content>What arrives: the peer's checks and the answers to ours.</content>
public sealed partial class IceAgent
{
    /// <summary>Takes a STUN datagram that arrived on a base.</summary>
    /// <returns>True when it was an authentic check or an answer to one of this agent's.</returns>
    public bool Handle(ReadOnlySpan<byte> stunDatagram, int baseId, in TransportAddress remote, Timestamp now)
    {
        if (!StunMessageReader.TryParse(stunDatagram, out StunMessageReader message) || message.Method != StunMethod.Binding)
        {
            return false;
        }

        bool taken = message.Class switch
        {
            StunClass.Request => HandleRequest(message, baseId, remote, now),
            StunClass.SuccessResponse or StunClass.ErrorResponse => HandleResponse(message, baseId, remote, now),
            // A Binding indication is a keepalive (RFC 8445 section 11): nothing to do, and not authenticated.
            _ => false,
        };
        if (taken)
        {
            Advance(now);
        }
        else
        {
            RejectedMessages++;
        }

        return taken;
    }

    /// <summary>Tells that authenticated data arrived: delays <see cref="IceState.Disconnected"/> and shows which nominated path the peer
    /// uses. It does not renew consent. Cheap: meant for each datagram.</summary>
    public void NotifyTraffic(int baseId, in TransportAddress remote, Timestamp now)
    {
        if (_selected is not { } selected)
        {
            return;
        }

        if (selected.BaseId == baseId && selected.RemoteAddress == remote)
        {
            selected.LastHeard = now;
            if (selected.IsSilent)
            {
                Advance(now);
            }

            return;
        }

        if (now - _selectedAt > _followTrafficAfter && FindPair(baseId, remote) is { } pair)
        {
            pair.LastHeard = now;
            if (Role == IceRole.Controlled && pair.IsNominated && pair.IsUsable(now))
            {
                pair.NominationOrder = ++_nominations;
                Advance(now);
            }
        }
    }

    /// <summary>One is usual, two can cross; a peer that always sees a conflict would keep both sides busy for ever.</summary>
    private const int MaxRoleConflicts = 8;

    private bool HandleRequest(in StunMessageReader message, int baseId, in TransportAddress remote, Timestamp now)
    {
        // Requests without proof of the password get no answer at all: an error response would only help scanners and reflectors.
        if (!message.TryGetLocalUsernameFragment(out ReadOnlySpan<byte> fragment))
        {
            return false;
        }

        bool isCurrent = fragment.SequenceEqual(_generation.LocalFragment);
        IceGeneration? generation = isCurrent ? _generation
            : _previousGeneration is { } old && fragment.SequenceEqual(old.LocalFragment) ? old : null;
        if (generation is null || !message.CheckIntegrity(generation.LocalKey))
        {
            return false;
        }

        if (UnknownAttribute(message) is { } unknown)
        {
            Reply(StunErrorCode.UnknownAttribute, message.TransactionId, generation, baseId, remote, unknown);
            return true;
        }

        if (!ResolveRoleConflict(message))
        {
            Reply(StunErrorCode.RoleConflict, message.TransactionId, generation, baseId, remote);
            return true;
        }

        Reply(0, message.TransactionId, generation, baseId, remote);
        bool nominates = message.Has(StunAttributeType.UseCandidate);
        if (!isCurrent)
        {
            // Old credentials keep the old path alive during a restart; they open no new one.
            if (_selected is { } kept && kept.Generation == generation && kept.BaseId == baseId && kept.RemoteAddress == remote)
            {
                Hear(kept, now);
            }

            return true;
        }

        message.TryGetUInt32(StunAttributeType.Priority, out uint priority);
        CandidatePair? pair = FindPair(baseId, remote) ?? LearnPair(baseId, remote, priority);
        if (pair is not null)
        {
            OnPeerCheck(pair, nominates, now);
        }

        return true;
    }

    private void OnPeerCheck(CandidatePair pair, bool nominates, Timestamp now)
    {
        bool first = !pair.IsReachedByPeer && !pair.NeedsAnswer;
        pair.IsReachedByPeer |= first;
        if ((first && !pair.IsConfirmed) || !pair.Generation.CanCheck)
        {
            // Who knows the password and sends from this address wants to be answered there. From here on only answers to own checks
            // renew consent, as soon as own checks are possible.
            pair.ConsentUntil = now + _options.ConsentExpiry;
        }

        Hear(pair, now);
        if (nominates && Role == IceRole.Controlled && (!pair.LastRequestNominated || !pair.IsNominated))
        {
            pair.NominationOrder = ++_nominations;
        }

        pair.LastRequestNominated = nominates;
        if (pair.IsUsable(now))
        {
            ReportUsable(pair);
        }

        if (!pair.IsConfirmed || now >= pair.ConsentUntil)
        {
            TriggerCheck(pair, now);
        }
    }

    private bool HandleResponse(in StunMessageReader message, int baseId, in TransportAddress remote, Timestamp now)
    {
        StunTransactionId id = message.TransactionId;
        CandidatePair? pair = FindByTransaction(id, out CandidatePair.CheckTry checkTry);
        if (pair is null || !message.CheckIntegrity(pair.Generation.RemoteKey))
        {
            return false;
        }

        if (message.Class == StunClass.ErrorResponse)
        {
            pair.CloseTry(id);
            OnCheckRefused(pair, checkTry, message, now);
            return true;
        }

        if (UnknownAttribute(message) is not null || !message.Has(StunAttributeType.XorMappedAddress))
        {
            return false;
        }

        pair.CloseTry(id);
        if (pair.BaseId != baseId || pair.RemoteAddress != remote)
        {
            // RFC 8445 section 7.2.5.2.1: the path is not symmetric.
            FailCheck(pair, now);
            return true;
        }

        OnCheckAnswered(pair, checkTry, now);
        return true;
    }

    private void OnCheckAnswered(CandidatePair pair, in CandidatePair.CheckTry checkTry, Timestamp now)
    {
        pair.AddRoundTripSample(now - checkTry.SentAt);
        pair.ConsentUntil = now + _options.ConsentExpiry;
        pair.UnansweredSince = Timestamp.Never;
        pair.NextConsentAt = NextConsentAt(now);
        Hear(pair, now);
        bool first = !pair.IsConfirmed;
        pair.IsConfirmed = true;
        pair.NeedsAnswer = false;
        if (_nominateAt == Timestamp.Never && pair.Generation == _generation)
        {
            _nominateAt = now + _options.NominationPatience;
        }

        if (checkTry.Nominates && Role == IceRole.Controlling)
        {
            pair.Nominating = false;
            pair.NominationOrder = ++_nominations;
        }

        if (!pair.Nominating)
        {
            pair.State = CandidatePair.CheckState.Succeeded;
        }

        ReportUsable(pair);
        if (first && pair.Generation == _generation && !_confirmedReported)
        {
            _confirmedReported = true;
            AddEvent(new IceEvent(IceEventKind.PathConfirmed, Path: pair.ToPath()));
        }
    }

    private void OnCheckRefused(CandidatePair pair, in CandidatePair.CheckTry checkTry, in StunMessageReader message, Timestamp now)
    {
        if (message.TryGetErrorCode(out int code) && code == StunErrorCode.RoleConflict && ++pair.RoleConflicts <= MaxRoleConflicts)
        {
            // RFC 8445 section 7.2.5.1. Another answer may have switched the role already.
            if (checkTry.Role == Role)
            {
                SetRole(Role == IceRole.Controlling ? IceRole.Controlled : IceRole.Controlling);
            }

            StartCheck(pair, now);
            return;
        }

        FailCheck(pair, now);
    }

    /// <summary>RFC 8445 section 7.3.1.1.</summary>
    /// <returns>False when the peer has to switch.</returns>
    private bool ResolveRoleConflict(in StunMessageReader message)
    {
        if (Role == IceRole.Controlling && message.TryGetUInt64(StunAttributeType.IceControlling, out ulong theirs))
        {
            if (_tieBreaker >= theirs)
            {
                return false;
            }

            SetRole(IceRole.Controlled);
        }
        else if (Role == IceRole.Controlled && message.TryGetUInt64(StunAttributeType.IceControlled, out theirs))
        {
            if (_tieBreaker < theirs)
            {
                return false;
            }

            SetRole(IceRole.Controlling);
        }

        return true;
    }

    /// <summary>A path no candidate announced: the remote one is peer-reflexive (RFC 8445 section 7.3.1.3).</summary>
    private CandidatePair? LearnPair(int baseId, in TransportAddress remote, uint priority)
    {
        TransportAddress address = remote;
        IceCandidate? known = _remoteCandidates.Find(candidate => candidate.Address == address);
        if (known is null)
        {
            known = new IceCandidate
            {
                Type = IceCandidateType.PeerReflexive,
                Address = remote,
                Priority = priority,
                Foundation = "prflx",
            };
            if (_remoteCandidates.Count < MaxRemoteCandidates)
            {
                _remoteCandidates.Add(known);
            }
        }

        IceCandidate? local = FindLocal(baseId, remote);
        return local is null ? null : InsertPair(local, known, remote, mustFit: true);
    }

    private void Hear(CandidatePair pair, Timestamp now)
    {
        pair.LastHeard = now;
        pair.IsSilent = false;
    }

    private void ReportUsable(CandidatePair pair)
    {
        if (!_usableReported && pair.Generation == _generation)
        {
            _usableReported = true;
            AddEvent(new IceEvent(IceEventKind.PathUsable, Path: pair.ToPath()));
        }
    }

    private CandidatePair? FindByTransaction(in StunTransactionId id, out CandidatePair.CheckTry checkTry)
    {
        // The old path of a restart is in no list any more.
        if (_selected is { } selected && selected.TryFindTry(id, out checkTry))
        {
            return selected;
        }

        foreach (CandidatePair pair in _pairs)
        {
            if (pair.TryFindTry(id, out checkTry))
            {
                return pair;
            }
        }

        checkTry = default;
        return null;
    }

    /// <summary>The first attribute that must be understood and is not (RFC 8489 section 6.3.1).</summary>
    private static StunAttributeType? UnknownAttribute(in StunMessageReader message)
    {
        foreach (StunAttribute attribute in message)
        {
            bool known = (ushort)attribute.Type >= 0x8000 || attribute.Type is
                StunAttributeType.Username or StunAttributeType.MessageIntegrity or StunAttributeType.MessageIntegritySha256
                or StunAttributeType.ErrorCode or StunAttributeType.UnknownAttributes or StunAttributeType.MappedAddress
                or StunAttributeType.XorMappedAddress or StunAttributeType.Priority or StunAttributeType.UseCandidate
                or StunAttributeType.Realm or StunAttributeType.Nonce;
            if (!known)
            {
                return attribute.Type;
            }
        }

        return null;
    }
}
