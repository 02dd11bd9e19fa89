namespace PeerProxy.WebRtc.Ice;

/// <content>Which path is used, for how long, and what state that makes.</content>
public sealed partial class IceAgent
{
    /// <summary>Traffic on another nominated path within this time of a switch is taken for stragglers.</summary>
    private static readonly TimeSpan _followTrafficAfter = TimeSpan.FromMilliseconds(500);

    /// <summary>An unanswered consent check is repeated after this, or after two round trips if that is longer.</summary>
    private static readonly TimeSpan _minProbeGap = TimeSpan.FromMilliseconds(500);

    /// <summary>One lost answer is no silence: checks must have gone unanswered for this long.</summary>
    private static readonly TimeSpan _minUnanswered = TimeSpan.FromSeconds(2);

    /// <summary>Consent checks of all agents of a loop leave at multiples of this, together: hundreds of idle peers would else wake it for each one.</summary>
    private static readonly TimeSpan _consentStep = TimeSpan.FromMilliseconds(250);

    private CandidatePair? _selected;
    private Timestamp _selectedAt;
    private long _nominations;
    private Timestamp _nominateAt = Timestamp.Never;
    private Timestamp _lastAdvance;

    /// <summary>Runs everything that is due or may follow from what just changed.</summary>
    private void Advance(Timestamp now)
    {
        ExpireConsent(now);
        DetectSilence(now);
        RetryDirect(now);
        RunCheckList(now);
        Reselect(now);
        Nominate(now);
        KeepConsent(now);
        UpdateState(now);
        _lastAdvance = now;
        _deadlineIsStale = true;
    }

    /// <summary>RFC 7675 section 5.1: without consent nothing more is sent on the pair.</summary>
    private void ExpireConsent(Timestamp now)
    {
        if (_selected is { } selected && now >= selected.ConsentUntil)
        {
            // The peer's checks alone do not open it again: only an answer to an own one does.
            FailCheck(selected, now);
            selected.IsConfirmed = false;
            selected.NominationOrder = 0;
            _selected = null;
            _failAt = now;
            AddEvent(new IceEvent(IceEventKind.ConsentLost, Path: selected.ToPath()));
        }
    }

    private void DetectSilence(Timestamp now)
    {
        if (_selected is { IsSilent: false } selected && now >= SilentAt(selected))
        {
            selected.IsSilent = true;
            // Any other way to the peer is worth another look now.
            foreach (CandidatePair pair in _pairs)
            {
                if (pair != selected && pair.State != CandidatePair.CheckState.InProgress)
                {
                    pair.State = CandidatePair.CheckState.Waiting;
                }
            }
        }
    }

    /// <summary>A relay is a makeshift for as long as it lasts: what failed without one may work when the peer has come to send its checks, or by another mapping of a
    /// NAT. Browsers give such pairs up after 15 to 30 s and take them up again when a check of ours gets through.</summary>
    private void RetryDirect(Timestamp now)
    {
        if (_selected is not { IsRelayed: true })
        {
            return;
        }

        foreach (CandidatePair pair in _pairs)
        {
            if (now >= RetryAt(pair))
            {
                pair.State = CandidatePair.CheckState.Waiting;
            }
        }
    }

    private static Timestamp RetryAt(CandidatePair pair) =>
        pair.State == CandidatePair.CheckState.Failed && !pair.IsRelayed ? pair.RetryAt : Timestamp.Never;

    private Timestamp SilentAt(CandidatePair pair) => pair.UnansweredSince == Timestamp.Never
        ? Timestamp.Never
        : Timestamp.Max(pair.LastHeard + _options.DisconnectedAfter, pair.UnansweredSince + _minUnanswered);

    /// <summary>The newest nominated path; before any nomination the best one. A silent path is left for one that was heard lately.</summary>
    private void Reselect(Timestamp now)
    {
        CandidatePair? best = null;
        foreach (CandidatePair pair in _pairs)
        {
            if (pair.IsUsable(now) && (best is null || IsBetter(pair, best, now)))
            {
                best = pair;
            }
        }

        if (_selected is { } selected && selected.Generation != _generation)
        {
            // Before a restart is through, a path that works is left only for one that is proven both ways.
            bool replace = best is not null && (best.IsConfirmed || selected.IsSilent || !_generation.CanCheck);
            if (!replace)
            {
                return;
            }
        }

        if (best == _selected)
        {
            return;
        }

        if (best is null)
        {
            _failAt = now + _options.ConnectTimeout;
        }
        else if (_selected is { IsSilent: true, State: CandidatePair.CheckState.Succeeded } left)
        {
            SetAside(left, now);
        }

        _selected = best;
        _selectedAt = now;
        if (best is not null)
        {
            AddEvent(new IceEvent(IceEventKind.PathChanged, Path: best.ToPath()));
        }
    }

    private bool IsBetter(CandidatePair left, CandidatePair right, Timestamp now)
    {
        bool leftAlive = IsAlive(left, now);
        if (leftAlive != IsAlive(right, now))
        {
            return leftAlive;
        }

        return left.NominationOrder != right.NominationOrder ? left.NominationOrder > right.NominationOrder : left.Priority > right.Priority;
    }

    private bool IsAlive(CandidatePair pair, Timestamp now) =>
        !pair.IsSilent && (_selected is not { IsSilent: true } || now - pair.LastHeard < _options.DisconnectedAfter);

    /// <summary>Regular nomination (RFC 8445 section 8.1.1): the best pair that works, once better ones had their chance. Later only to leave a
    /// relay or a silent path.</summary>
    private void Nominate(Timestamp now)
    {
        if (PairToNominate(now) is not { } pair || now < NominateAt(pair))
        {
            return;
        }

        pair.Nominating = true;
        StartCheck(pair, now);
    }

    private CandidatePair? PairToNominate(Timestamp now)
    {
        if (Role != IceRole.Controlling || !_generation.CanCheck)
        {
            return null;
        }

        CandidatePair? best = null;
        CandidatePair? nominated = null;
        foreach (CandidatePair pair in _pairs)
        {
            if (pair.Nominating)
            {
                return null;
            }

            if (!pair.IsUsable(now) || !IsAlive(pair, now))
            {
                continue;
            }

            if (pair.IsConfirmed && (best is null || pair.Priority > best.Priority))
            {
                best = pair;
            }

            if (pair.IsNominated && (nominated is null || pair.NominationOrder > nominated.NominationOrder))
            {
                nominated = pair;
            }
        }

        bool wanted = best is not null && best != nominated && (nominated is null || (nominated.IsRelayed && !best.IsRelayed));
        return wanted ? best : null;
    }

    private Timestamp NominateAt(CandidatePair best)
    {
        foreach (CandidatePair pair in _pairs)
        {
            bool undecided = pair.State is CandidatePair.CheckState.Waiting or CandidatePair.CheckState.InProgress;
            if (undecided && !pair.IsConfirmed && pair.Priority > best.Priority)
            {
                return _nominateAt;
            }
        }

        return default;
    }

    /// <summary>Consent checks (RFC 7675 section 5.1), which are the keepalive too; quicker while one is unanswered, to notice a silent path
    /// early and its return at once.</summary>
    private void KeepConsent(Timestamp now)
    {
        if (_selected is { } selected && now >= ConsentCheckDueAt(selected))
        {
            TimeSpan twoRoundTrips = (selected.SmoothedRoundTripTime ?? TimeSpan.Zero) * 2;
            selected.NextConsentAt = now + (twoRoundTrips > _minProbeGap ? twoRoundTrips : _minProbeGap);
            SendCheck(selected, now);
        }
    }

    private static Timestamp ConsentCheckDueAt(CandidatePair selected) =>
        selected.IsConfirmed && selected.Generation.CanCheck && selected.State != CandidatePair.CheckState.InProgress
            ? selected.NextConsentAt
            : Timestamp.Never;

    private Timestamp NextConsentAt(Timestamp now)
    {
        double factor = 0.8 + (0.4 * (_random.NextUInt32() / (double)uint.MaxValue));
        long ticks = (now + (_options.ConsentInterval * factor)).Ticks;
        return new Timestamp(ticks - (ticks % _consentStep.Ticks));
    }

    private void UpdateState(Timestamp now)
    {
        if (_selected is { } selected)
        {
            SetState(selected.IsSilent ? IceState.Disconnected : IceState.Connected);
        }
        else if (State != IceState.Failed && (now >= _failAt || HasNothingLeft()))
        {
            SetState(IceState.Failed);
        }
        else if (State == IceState.Connected)
        {
            SetState(IceState.Disconnected);
        }
        else if (State == IceState.New && _pairs.Count > 0 && _generation.CanCheck)
        {
            SetState(IceState.Checking);
        }
    }

    /// <summary>All checks have failed, and no candidate is to come.</summary>
    private bool HasNothingLeft() =>
        _remoteEndOfCandidates && _pairs.Count > 0 && _pairs.TrueForAll(static pair => pair.State == CandidatePair.CheckState.Failed);

    private Timestamp ComputeDeadline()
    {
        Timestamp deadline = Timestamp.Never;
        bool anyConfirmed = false;
        foreach (CandidatePair pair in _pairs)
        {
            if (IsCheckWanted(pair))
            {
                deadline = Timestamp.Min(deadline, Timestamp.Max(CheckDueAt(pair), _nextSlot));
            }
            else if (pair.State == CandidatePair.CheckState.InProgress && pair.TryCount >= MaxTries)
            {
                deadline = Timestamp.Min(deadline, pair.NextTryAt);
            }

            else if (_selected is { IsRelayed: true })
            {
                deadline = Timestamp.Min(deadline, RetryAt(pair));
            }

            anyConfirmed |= pair.IsConfirmed;
        }

        if (anyConfirmed && Role == IceRole.Controlling && _nominateAt > _lastAdvance)
        {
            deadline = Timestamp.Min(deadline, _nominateAt);
        }

        if (_selected is not { } selected)
        {
            return State is IceState.Failed or IceState.New ? deadline : Timestamp.Min(deadline, _failAt);
        }

        deadline = Timestamp.Min(deadline, selected.ConsentUntil);
        deadline = Timestamp.Min(deadline, ConsentCheckDueAt(selected));
        return selected.IsSilent ? deadline : Timestamp.Min(deadline, SilentAt(selected));
    }
}
