using PeerProxy.WebRtc.Stun;

namespace PeerProxy.WebRtc.Ice;

/// <summary>A base of this side and a remote address, with what checking it has shown.</summary>
/// <remarks>
/// Pairs are keyed by (base, remote address): local candidates that share a base send the same packets, so pruning (RFC 8445 section 6.1.2.4)
/// needs no extra step. Each try of a check is a transaction of its own, so an answer tells its exact round-trip time.
/// </remarks>
internal sealed class CandidatePair(IceGeneration generation, IceCandidate local, IceCandidate remote, in TransportAddress remoteAddress)
{
    /// <summary>Tries whose answers are still recognised: those of one check (7) and about as many that the peer's checks triggered.</summary>
    private const int RememberedTries = 16;

    private readonly CheckTry[] _tries = new CheckTry[RememberedTries];
    private int _nextTry;

    public IceGeneration Generation { get; } = generation;

    /// <summary>The best local candidate of the base in the remote's address family.</summary>
    public IceCandidate Local { get; set; } = local;

    public IceCandidate Remote { get; set; } = remote;

    /// <summary>The remote candidate's address, with this side's zone when it is link-local.</summary>
    public TransportAddress RemoteAddress { get; } = remoteAddress;

    public int BaseId => Local.BaseId;

    public ulong Priority { get; set; }

    public CheckState State { get; set; }

    /// <summary>Tries made in the check under way.</summary>
    public int TryCount { get; set; }

    /// <summary>Tries that checks of the peer added to the check under way.</summary>
    public int ExtraTries { get; set; }

    /// <summary>When the check under way is tried again, or given up.</summary>
    public Timestamp NextTryAt { get; set; }

    public Timestamp? LastTryAt { get; set; }

    /// <summary>When a pair that has failed may be tried again, as far as that is wanted.</summary>
    public Timestamp RetryAt { get; set; } = Timestamp.Never;

    /// <summary>How often it has failed, up to where that makes no difference.</summary>
    public int Failures { get; set; }

    /// <summary>How often the peer answered with 487.</summary>
    public int RoleConflicts { get; set; }

    /// <summary>The check under way nominates (controlling side).</summary>
    public bool Nominating { get; set; }

    /// <summary>An own check was answered.</summary>
    public bool IsConfirmed { get; set; }

    /// <summary>An authenticated check of the peer arrived, and no own check has failed since.</summary>
    public bool IsReachedByPeer { get; set; }

    /// <summary>An own check has failed: the path may be one-way, so the peer's checks alone do not make it usable any more.</summary>
    public bool NeedsAnswer { get; set; }

    /// <summary>0 while not nominated; the newest nomination has the highest number.</summary>
    public long NominationOrder { get; set; }

    public bool LastRequestNominated { get; set; }

    /// <summary>Nothing heard for the disconnect time although asked; loses against any pair that is not silent.</summary>
    public bool IsSilent { get; set; }

    public Timestamp ConsentUntil { get; set; }

    /// <summary>When the next consent check leaves, once confirmed and selected.</summary>
    public Timestamp NextConsentAt { get; set; } = Timestamp.Never;

    /// <summary>The last authenticated thing from the peer: answer, check or data.</summary>
    public Timestamp LastHeard { get; set; }

    /// <summary>When the first try after the last answer left; <see cref="Timestamp.Never"/> when none is open.</summary>
    public Timestamp UnansweredSince { get; set; } = Timestamp.Never;

    public TimeSpan? SmoothedRoundTripTime { get; private set; }

    public bool IsNominated => NominationOrder > 0;

    public bool IsRelayed => Local.Type == IceCandidateType.Relayed || Remote.Type == IceCandidateType.Relayed;

    public bool IsUsable(Timestamp now) => (IsConfirmed || IsReachedByPeer) && now < ConsentUntil;

    public IcePath ToPath() => new(BaseId, RemoteAddress, SmoothedRoundTripTime, Local.Type, Remote.Type);

    public void RememberTry(in StunTransactionId id, Timestamp now, IceRole role, bool nominates)
    {
        _tries[_nextTry] = new CheckTry(id, now, role, nominates);
        _nextTry = (_nextTry + 1) % RememberedTries;
        if (UnansweredSince == Timestamp.Never)
        {
            UnansweredSince = now;
        }
    }

    /// <summary>Finds an open try by its transaction; the try stays open.</summary>
    public bool TryFindTry(in StunTransactionId id, out CheckTry found)
    {
        foreach (CheckTry candidate in _tries)
        {
            if (candidate.IsOpen && candidate.Id == id)
            {
                found = candidate;
                return true;
            }
        }

        found = default;
        return false;
    }

    /// <summary>Closes a try, so that a duplicated answer is ignored.</summary>
    public void CloseTry(in StunTransactionId id)
    {
        for (int i = 0; i < _tries.Length; i++)
        {
            if (_tries[i].Id == id)
            {
                _tries[i] = default;
            }
        }
    }

    public void AddRoundTripSample(TimeSpan sample) =>
        SmoothedRoundTripTime = SmoothedRoundTripTime is { } smoothed ? (smoothed * 7 / 8) + (sample / 8) : sample;

    /// <summary>State of the check, RFC 8445 section 6.1.2.6. There is no Frozen: see docs/rfc-coverage.md.</summary>
    public enum CheckState
    {
        Waiting,
        InProgress,
        Succeeded,
        Failed,
    }

    /// <summary>One request sent.</summary>
    public readonly record struct CheckTry(StunTransactionId Id, Timestamp SentAt, IceRole Role, bool Nominates)
    {
        public bool IsOpen => Id != default;
    }
}
