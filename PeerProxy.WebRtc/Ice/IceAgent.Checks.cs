using PeerProxy.WebRtc.Stun;

namespace PeerProxy.WebRtc.Ice;

/// <content>The check list, its pacing, and the datagrams to send.</content>
public sealed partial class IceAgent
{
    /// <summary>Tries of one check: 250 ms doubling covers about 16 s of sending.</summary>
    private const int MaxTries = 7;

    /// <summary>After the last try the answer may still take this many first RTOs (Rm of RFC 8489 section 6.2.1).</summary>
    private const int FinalWaitFactor = 16;

    /// <summary>Answers waiting to be polled. The oldest goes when a driver lets more pile up: the peer asks again.</summary>
    private const int MaxQueuedReplies = 64;

    /// <summary>The peer's checks trigger an extra try after this, then after twice, three times this and so on: on a long path the tries would
    /// else be forgotten before their answers come.</summary>
    private static readonly TimeSpan _minTriggerGap = TimeSpan.FromMilliseconds(50);

    /// <summary>A pair without relay that failed is tried again after this while the session is relayed, then after twice that and so on.</summary>
    private static readonly TimeSpan _firstRetryWait = TimeSpan.FromSeconds(5);

    /// <summary>One check, of seven small packets, a minute and a half: little even for hundreds of relayed sessions.</summary>
    private static readonly TimeSpan _longestRetryWait = TimeSpan.FromSeconds(80);

    /// <summary>More do not make the wait longer.</summary>
    private const int MaxCountedFailures = 4;

    private readonly Queue<Outgoing> _outbox = [];
    private Timestamp _nextSlot;

    /// <summary>Writes the next datagram; false when there is none.</summary>
    /// <param name="destination">548 bytes are always enough (RFC 8489 section 6.1). A message that does not fit is dropped.</param>
    public bool TryPollTransmit(Span<byte> destination, out IceTransmit transmit)
    {
        while (_outbox.TryDequeue(out Outgoing outgoing))
        {
            int length = outgoing.Pair is { } pair ? WriteCheck(destination, outgoing, pair) : WriteReply(destination, outgoing);
            if (length > 0)
            {
                transmit = new IceTransmit(length, outgoing.BaseId, outgoing.Remote);
                return true;
            }
        }

        transmit = default;
        return false;
    }

    private void AddPair(IceCandidate local, IceCandidate remote)
    {
        TransportAddress address = remote.Address;
        if (local.Address.IsIPv6 != address.IsIPv6 || (address.IsIPv6 && local.Address.IsLinkLocal != address.IsLinkLocal))
        {
            return;
        }

        if (address.IsIPv6 && address.IsLinkLocal)
        {
            // Descriptions carry no zone: it is the one of this side's interface.
            address = address.WithScope(local.Address.ScopeId);
        }

        if (FindPair(local.BaseId, address) is not { } known)
        {
            InsertPair(local, remote, address, mustFit: false);
            return;
        }

        if (local.Priority > known.Local.Priority)
        {
            known.Local = local;
            known.Priority = ComputePairPriority(local, known.Remote);
        }
    }

    /// <param name="mustFit">The peer proved this path: it takes the place of a pair that carries nothing when the list is full.</param>
    private CandidatePair? InsertPair(IceCandidate local, IceCandidate remote, in TransportAddress address, bool mustFit)
    {
        ulong priority = ComputePairPriority(local, remote);
        if (_pairs.Count >= MaxPairs)
        {
            CandidatePair? worst = null;
            foreach (CandidatePair candidate in _pairs)
            {
                bool canGo = candidate != _selected && !candidate.IsUsable(_lastAdvance);
                if (canGo && (worst is null || candidate.Priority < worst.Priority))
                {
                    worst = candidate;
                }
            }

            if (worst is null || (!mustFit && worst.Priority >= priority))
            {
                Ignore(remote, CandidateIgnoredReason.LimitReached);
                return null;
            }

            _pairs.Remove(worst);
        }

        var pair = new CandidatePair(_generation, local, remote, address) { Priority = priority };
        _pairs.Add(pair);
        return pair;
    }

    private void ReplaceRemote(IceCandidate learned, IceCandidate announced)
    {
        foreach (CandidatePair pair in _pairs)
        {
            if (pair.Remote == learned)
            {
                pair.Remote = announced;
                pair.Priority = ComputePairPriority(pair.Local, announced);
            }
        }
    }

    private CandidatePair? FindPair(int baseId, in TransportAddress remote)
    {
        foreach (CandidatePair pair in _pairs)
        {
            if (pair.BaseId == baseId && pair.RemoteAddress == remote)
            {
                return pair;
            }
        }

        return null;
    }

    private IceCandidate? FindLocal(int baseId, in TransportAddress remote)
    {
        IceCandidate? best = null;
        foreach (IceCandidate candidate in _localCandidates)
        {
            bool fits = candidate.BaseId == baseId && candidate.Address.IsIPv6 == remote.IsIPv6;
            if (fits && (best is null || candidate.Priority > best.Priority))
            {
                best = candidate;
            }
        }

        return best;
    }

    /// <summary>RFC 8445 section 6.1.2.3.</summary>
    private ulong ComputePairPriority(IceCandidate local, IceCandidate remote)
    {
        ulong controlling = Role == IceRole.Controlling ? local.Priority : remote.Priority;
        ulong controlled = Role == IceRole.Controlling ? remote.Priority : local.Priority;
        return (Math.Min(controlling, controlled) << 32) + (2 * Math.Max(controlling, controlled)) + (controlling > controlled ? 1UL : 0UL);
    }

    /// <summary>A check in answer to the peer's (RFC 8445 section 7.3.1.4): leaves at once, not at the pace of the list.</summary>
    private void TriggerCheck(CandidatePair pair, Timestamp now)
    {
        if (!pair.Generation.CanCheck)
        {
            return;
        }

        if (pair.State != CandidatePair.CheckState.InProgress)
        {
            StartCheck(pair, now);
        }
        else if (pair.LastTryAt is not { } last || now - last >= _minTriggerGap * (pair.ExtraTries + 1))
        {
            // One more try, which neither starts the check over nor brings its end nearer.
            pair.ExtraTries++;
            SendCheck(pair, now);
        }
    }

    private void StartCheck(CandidatePair pair, Timestamp now)
    {
        pair.State = CandidatePair.CheckState.InProgress;
        pair.TryCount = 0;
        pair.ExtraTries = 0;
        SendTry(pair, now);
    }

    /// <summary>Sends what is due at the pace Ta: pairs not tried yet and tries without answer, the best pair first.</summary>
    private void RunCheckList(Timestamp now)
    {
        foreach (CandidatePair pair in _pairs)
        {
            if (pair.State == CandidatePair.CheckState.InProgress && pair.TryCount >= MaxTries && now >= pair.NextTryAt)
            {
                FailCheck(pair, now);
            }
        }

        while (now >= _nextSlot && NextToCheck(now) is { } pair)
        {
            if (pair.State == CandidatePair.CheckState.Waiting)
            {
                StartCheck(pair, now);
            }
            else
            {
                SendTry(pair, now);
            }
        }
    }

    private CandidatePair? NextToCheck(Timestamp now)
    {
        CandidatePair? best = null;
        foreach (CandidatePair pair in _pairs)
        {
            if (IsCheckWanted(pair) && now >= CheckDueAt(pair) && (best is null || pair.Priority > best.Priority))
            {
                best = pair;
            }
        }

        return best;
    }

    /// <summary>Once a path is nominated, only better pairs are still tried (RFC 8445 section 8.1.2); all are while it is silent, or carries data only
    /// one way for all this side knows: a host that answers from another of its addresses is heard by nobody behind a relay.</summary>
    private bool IsCheckWanted(CandidatePair pair) =>
        pair.Generation.CanCheck
        && (pair.State == CandidatePair.CheckState.Waiting
            || (pair.State == CandidatePair.CheckState.InProgress && pair.TryCount < MaxTries))
        && (pair.Nominating
            || _selected is not { IsNominated: true, IsSilent: false, IsConfirmed: true } selected
            || selected.Generation != pair.Generation
            || selected == pair
            || pair.IsReachedByPeer
            || pair.Priority > selected.Priority);

    private static Timestamp CheckDueAt(CandidatePair pair) =>
        pair.State == CandidatePair.CheckState.Waiting ? default : pair.NextTryAt;

    private void SendTry(CandidatePair pair, Timestamp now)
    {
        TimeSpan rto = FirstRto(pair);
        pair.TryCount++;
        pair.NextTryAt = now + (pair.TryCount >= MaxTries ? rto * FinalWaitFactor : rto * (1 << (pair.TryCount - 1)));
        _nextSlot = now + _options.CheckPace;
        SendCheck(pair, now);
    }

    private TimeSpan FirstRto(CandidatePair pair)
    {
        if ((pair.SmoothedRoundTripTime ?? _options.KnownRoundTripTime) is not { } roundTrip)
        {
            return _options.InitialRto;
        }

        TimeSpan rto = roundTrip * 2;
        return rto < _options.CheckPace ? _options.CheckPace : rto > _maxRto ? _maxRto : rto;
    }

    /// <summary>Bounds the patience with a path that was measured in a bad moment.</summary>
    private static readonly TimeSpan _maxRto = TimeSpan.FromSeconds(3);

    private void SendCheck(CandidatePair pair, Timestamp now)
    {
        StunTransactionId id = StunTransactionId.Create(_random);
        bool nominates = pair.Nominating && Role == IceRole.Controlling;
        pair.RememberTry(id, now, Role, nominates);
        pair.LastTryAt = now;
        _outbox.Enqueue(new Outgoing(id, pair.BaseId, pair.RemoteAddress, pair.Generation, pair, 0, Role, nominates));
    }

    private void Reply(
        int errorCode,
        in StunTransactionId id,
        IceGeneration generation,
        int baseId,
        in TransportAddress remote,
        StunAttributeType unknown = default)
    {
        if (_outbox.Count >= MaxQueuedReplies)
        {
            _outbox.Dequeue();
        }

        _outbox.Enqueue(new Outgoing(id, baseId, remote, generation, null, errorCode, Role, false, unknown));
    }

    private int WriteCheck(Span<byte> destination, in Outgoing outgoing, CandidatePair pair)
    {
        var writer = new StunMessageWriter(destination, StunClass.Request, StunMethod.Binding, outgoing.Id);
        writer.Add(StunAttributeType.Username, outgoing.Generation.CheckUsername);
        writer.AddUInt64(
            outgoing.Role == IceRole.Controlling ? StunAttributeType.IceControlling : StunAttributeType.IceControlled, _tieBreaker);
        // What this candidate would be worth to the peer if it learns it from this check (RFC 8445 section 7.1.1).
        writer.AddUInt32(
            StunAttributeType.Priority,
            IceCandidate.ComputePriority(IceCandidateType.PeerReflexive, (ushort)(pair.Local.Priority >> 8)));
        if (outgoing.Nominates)
        {
            writer.Add(StunAttributeType.UseCandidate, ReadOnlySpan<byte>.Empty);
        }

        writer.AddIntegrity(outgoing.Generation.RemoteKey);
        writer.AddFingerprint();
        return writer.Length;
    }

    private static int WriteReply(Span<byte> destination, in Outgoing outgoing)
    {
        StunClass messageClass = outgoing.ErrorCode == 0 ? StunClass.SuccessResponse : StunClass.ErrorResponse;
        var writer = new StunMessageWriter(destination, messageClass, StunMethod.Binding, outgoing.Id);
        if (outgoing.ErrorCode == 0)
        {
            writer.AddXorAddress(StunAttributeType.XorMappedAddress, outgoing.Remote);
        }
        else
        {
            writer.AddErrorCode(outgoing.ErrorCode, outgoing.ErrorCode == StunErrorCode.RoleConflict ? "Role Conflict" : "Unknown Attribute");
            if (outgoing.Unknown != default)
            {
                writer.Add(StunAttributeType.UnknownAttributes, [(byte)((ushort)outgoing.Unknown >> 8), (byte)outgoing.Unknown]);
            }
        }

        writer.AddIntegrity(outgoing.Generation.LocalKey);
        writer.AddFingerprint();
        return writer.Length;
    }

    private static void FailCheck(CandidatePair pair, Timestamp now)
    {
        SetAside(pair, now);
        pair.Nominating = false;
        pair.IsReachedByPeer = false;
        pair.NeedsAnswer = true;
    }

    private static void SetAside(CandidatePair pair, Timestamp now)
    {
        TimeSpan wait = _firstRetryWait * (1 << pair.Failures);
        pair.RetryAt = now + (wait < _longestRetryWait ? wait : _longestRetryWait);
        pair.Failures = Math.Min(pair.Failures + 1, MaxCountedFailures);
        pair.State = CandidatePair.CheckState.Failed;
    }

    /// <summary>A datagram to write when it is polled: a check when it has a pair, else a reply.</summary>
    private readonly record struct Outgoing(
        StunTransactionId Id,
        int BaseId,
        TransportAddress Remote,
        IceGeneration Generation,
        CandidatePair? Pair,
        int ErrorCode,
        IceRole Role,
        bool Nominates,
        StunAttributeType Unknown = default);
}
