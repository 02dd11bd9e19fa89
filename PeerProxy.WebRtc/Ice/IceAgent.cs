namespace PeerProxy.WebRtc.Ice;

/// <summary>Finds and keeps a path to one peer (RFC 8445, trickle RFC 8838, consent RFC 7675), for one component. Sans-IO and single-threaded.</summary>
/// <remarks>
/// Each call that takes a time may produce datagrams and events: drain <see cref="TryPollTransmit"/> and <see cref="TryPollEvent"/> after it, then
/// sleep until <see cref="NextDeadline"/>.
/// <code>
/// agent.SetRemoteDescription(remote, remoteIsLite: false, now);
/// while (running)
/// {
///     while (agent.TryPollTransmit(buffer, out var t)) { Send(t.BaseId, buffer[..t.Length], t.Remote); }
///     while (agent.TryPollEvent(out var e)) { On(e); }
///     if (WaitForDatagramUntil(agent.NextDeadline)) { agent.Handle(datagram, baseId, source, now); }
///     else { agent.HandleTimeout(now); }
/// }
/// </code>
/// A check of the peer with the right password is answered at once, even before the remote description is known, and its pair can carry
/// data from then on; own checks follow to open NATs and to hold consent. Times passed in never go back.
/// </remarks>
public sealed partial class IceAgent
{
    /// <summary>RFC 8445 section 6.1.2.5 suggests 100: more are not worth the time their checks take.</summary>
    public const int MaxPairs = 100;

    /// <summary>More than any browser gathers; bounds what a peer's description can make us hold.</summary>
    public const int MaxRemoteCandidates = 64;

    /// <summary>Bases times address families of one host, generously.</summary>
    public const int MaxLocalCandidates = 64;

    private readonly IceOptions _options;
    private readonly IRandomSource _random;
    private readonly ulong _tieBreaker;
    private readonly List<IceCandidate> _localCandidates = [];
    private readonly List<IceCandidate> _remoteCandidates = [];
    private readonly List<CandidatePair> _pairs = [];
    private readonly Queue<IceEvent> _events = [];

    private IceGeneration _generation;
    private IceGeneration? _previousGeneration;
    private bool _remoteEndOfCandidates;
    private bool _remoteRestarted;
    private bool _usableReported;
    private bool _confirmedReported;
    private Timestamp _failAt = Timestamp.Never;
    private Timestamp _nextDeadline = Timestamp.Never;
    private bool _deadlineIsStale;

    public IceAgent(IceOptions options, IRandomSource random)
    {
        _options = options;
        _random = random;
        _tieBreaker = random.NextUInt64();
        _generation = new IceGeneration(options.LocalCredentials);
        Role = options.Role;
    }

    public IceCredentials LocalCredentials => _generation.Local;

    public IceCredentials? RemoteCredentials => _generation.Remote;

    /// <summary>May change when both sides claimed the same one (RFC 8445 section 7.3.1.1).</summary>
    public IceRole Role { get; private set; }

    public IceState State { get; private set; }

    public IReadOnlyList<IceCandidate> LocalCandidates => _localCandidates;

    /// <summary>True when data may be sent on <see cref="SelectedPath"/>.</summary>
    public bool HasPath => _selected is not null;

    /// <summary>Where to send; meaningless without <see cref="HasPath"/>.</summary>
    public IcePath SelectedPath => _selected?.ToPath() ?? default;

    /// <summary>Of the selected path; null before an own check on it was answered.</summary>
    public TimeSpan? RoundTripTime => _selected?.SmoothedRoundTripTime;

    /// <summary>Checks that were dropped unanswered: not for us, or not authentic.</summary>
    public long RejectedMessages { get; private set; }

    /// <summary>When <see cref="HandleTimeout"/> wants to be called. May be earlier than needed, never later.</summary>
    public Timestamp NextDeadline
    {
        get
        {
            if (_deadlineIsStale)
            {
                _nextDeadline = ComputeDeadline();
                _deadlineIsStale = false;
            }

            return _nextDeadline;
        }
    }

    /// <summary>Tells the peer's credentials: own checks can start. Other credentials than before mean the peer restarted ICE.</summary>
    /// <param name="remoteIsLite">The peer's description said a=ice-lite: this side becomes controlling (RFC 8445 section 6.1.1).</param>
    public void SetRemoteDescription(IceCredentials remote, bool remoteIsLite, Timestamp now)
    {
        if (_generation.Remote is { } known && known != remote)
        {
            BeginGeneration(_generation.Local, now);
            _remoteRestarted = true;
        }

        _generation.SetRemote(remote);
        if (remoteIsLite)
        {
            SetRole(IceRole.Controlling);
        }

        DropCandidatesOfOtherGenerations();
        if (State == IceState.New)
        {
            SetState(IceState.Checking);
        }

        _failAt = now + _options.ConnectTimeout;
        foreach (CandidatePair pair in _pairs)
        {
            // The peer's checks came first: answer with own ones at once.
            if (pair.IsReachedByPeer && !pair.IsConfirmed)
            {
                TriggerCheck(pair, now);
            }
        }

        Advance(now);
    }

    /// <summary>Adds a host, server-reflexive or relayed candidate; its <see cref="IceCandidate.BaseId"/> says what sends for it.</summary>
    public void AddLocalCandidate(IceCandidate candidate, Timestamp now)
    {
        if (candidate.BaseId < 0)
        {
            throw new ArgumentException("A local candidate needs a base.", nameof(candidate));
        }

        if (_localCandidates.Count >= MaxLocalCandidates)
        {
            Ignore(candidate, CandidateIgnoredReason.LimitReached);
            return;
        }

        if (_localCandidates.Exists(known => known.BaseId == candidate.BaseId && known.Address == candidate.Address))
        {
            Ignore(candidate, CandidateIgnoredReason.Duplicate);
            return;
        }

        _localCandidates.Add(candidate);
        foreach (IceCandidate remote in _remoteCandidates)
        {
            AddPair(candidate, remote);
        }

        Advance(now);
    }

    /// <summary>The socket or allocation is gone: its candidates and pairs go with it, and the selected path when it was on it.</summary>
    public void RemoveLocalBase(int baseId, Timestamp now)
    {
        _localCandidates.RemoveAll(candidate => candidate.BaseId == baseId);
        _pairs.RemoveAll(pair => pair.BaseId == baseId);
        if (_selected?.BaseId == baseId)
        {
            _selected = null;
            _failAt = Timestamp.Min(_failAt, now + _options.ConnectTimeout);
        }

        Advance(now);
    }

    /// <summary>Takes a candidate of the peer, before or after its description. One with a host name is handed back as
    /// <see cref="IceEventKind.NeedsResolution"/>; nothing waits for it.</summary>
    public void AddRemoteCandidate(IceCandidate candidate, Timestamp now)
    {
        CandidateIgnoredReason reason = Judge(candidate);
        if (reason != CandidateIgnoredReason.None)
        {
            Ignore(candidate, reason);
            return;
        }

        if (candidate.NeedsResolution)
        {
            AddEvent(new IceEvent(IceEventKind.NeedsResolution, Candidate: candidate));
            return;
        }

        int known = _remoteCandidates.FindIndex(other => other.Address == candidate.Address);
        if (known >= 0)
        {
            bool wasPeerReflexive = _remoteCandidates[known].Type == IceCandidateType.PeerReflexive;
            if (!wasPeerReflexive)
            {
                Ignore(candidate, CandidateIgnoredReason.Duplicate);
                return;
            }

            // RFC 8838 section 11.4: the announced candidate replaces what was learned from a check.
            ReplaceRemote(_remoteCandidates[known], candidate);
            _remoteCandidates[known] = candidate;
        }
        else
        {
            _remoteCandidates.Add(candidate);
        }

        foreach (IceCandidate local in _localCandidates)
        {
            AddPair(local, candidate);
        }

        Advance(now);
    }

    /// <summary>The peer has no more candidates: checks that have all failed need no more waiting.</summary>
    public void SetRemoteEndOfCandidates(Timestamp now)
    {
        _remoteEndOfCandidates = true;
        Advance(now);
    }

    /// <summary>Starts over with new local credentials (RFC 8445 section 9). The old path carries data until a new one works.</summary>
    /// <remarks>The peer's new credentials come by <see cref="SetRemoteDescription"/>: after this call, or, when the peer asked for the restart,
    /// before it or after it.</remarks>
    public void Restart(IceCredentials newLocal, Timestamp now)
    {
        if (_remoteRestarted && _generation.Remote is { } remote)
        {
            // The peer's half of the new generation is known already: only the local half changes.
            _remoteRestarted = false;
            _generation = new IceGeneration(newLocal);
            _generation.SetRemote(remote);
            _pairs.Clear();
            foreach (IceCandidate candidate in _remoteCandidates)
            {
                foreach (IceCandidate local in _localCandidates)
                {
                    AddPair(local, candidate);
                }
            }
        }
        else
        {
            BeginGeneration(newLocal, now);
        }

        Advance(now);
    }

    /// <summary>Runs what is due.</summary>
    public void HandleTimeout(Timestamp now) => Advance(now);

    public bool TryPollEvent(out IceEvent iceEvent) => _events.TryDequeue(out iceEvent);

    private void BeginGeneration(IceCredentials local, Timestamp now)
    {
        _previousGeneration = _generation;
        _generation = new IceGeneration(local);
        _pairs.Clear();
        _remoteCandidates.Clear();
        _remoteEndOfCandidates = false;
        _usableReported = false;
        _confirmedReported = false;
        _remoteRestarted = false;
        _nominateAt = Timestamp.Never;
        _failAt = now + _options.ConnectTimeout;
        if (_selected is null)
        {
            SetState(IceState.Checking);
        }
    }

    private CandidateIgnoredReason Judge(IceCandidate candidate)
    {
        if (!candidate.IsUdp)
        {
            return CandidateIgnoredReason.UnsupportedTransport;
        }

        if (candidate.Component != IceCandidate.DataComponent)
        {
            return CandidateIgnoredReason.UnsupportedComponent;
        }

        if (candidate.UsernameFragment is { } fragment && _generation.Remote is { } remote && remote.UsernameFragment != fragment)
        {
            return CandidateIgnoredReason.OldGeneration;
        }

        if (_remoteCandidates.Count >= MaxRemoteCandidates)
        {
            return CandidateIgnoredReason.LimitReached;
        }

        TransportAddress address = candidate.Address;
        bool unusable = !candidate.NeedsResolution && (address.Port == 0 || address.IsUnspecified || address.IsMulticast);
        return unusable ? CandidateIgnoredReason.UnusableAddress : CandidateIgnoredReason.None;
    }

    /// <summary>Candidates that came before their description could not be told from those of before a restart.</summary>
    private void DropCandidatesOfOtherGenerations()
    {
        string fragment = _generation.Remote!.UsernameFragment;
        for (int i = _remoteCandidates.Count - 1; i >= 0; i--)
        {
            IceCandidate candidate = _remoteCandidates[i];
            if (candidate.UsernameFragment is { } own && own != fragment)
            {
                _remoteCandidates.RemoveAt(i);
                _pairs.RemoveAll(pair => pair.Remote == candidate && !pair.IsReachedByPeer);
                Ignore(candidate, CandidateIgnoredReason.OldGeneration);
            }
        }
    }

    private void SetRole(IceRole role)
    {
        if (Role == role)
        {
            return;
        }

        Role = role;
        foreach (CandidatePair pair in _pairs)
        {
            pair.Nominating = false;
            pair.Priority = ComputePairPriority(pair.Local, pair.Remote);
        }
    }

    private void SetState(IceState state)
    {
        if (State != state)
        {
            State = state;
            AddEvent(new IceEvent(IceEventKind.StateChanged, State: state));
        }
    }

    private void Ignore(IceCandidate candidate, CandidateIgnoredReason reason) =>
        AddEvent(new IceEvent(IceEventKind.CandidateIgnored, Candidate: candidate, Reason: reason));

    private void AddEvent(in IceEvent iceEvent)
    {
        // Only a driver that never drains gets here; what it misses first is the news on unused candidates.
        if (_events.Count < MaxQueuedEvents)
        {
            _events.Enqueue(iceEvent);
        }
    }

    /// <summary>Several times what one call can produce.</summary>
    private const int MaxQueuedEvents = 256;
}
