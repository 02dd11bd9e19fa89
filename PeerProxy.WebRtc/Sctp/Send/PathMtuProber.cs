namespace PeerProxy.WebRtc.Sctp.Send;

/// <summary>Looks for a larger packet size that the path carries (RFC 8899), and falls back when the path stops carrying it.</summary>
/// <param name="baseSize">The size that always works.</param>
/// <param name="maximum">The size never exceeded.</param>
internal sealed class PathMtuProber(int baseSize, int maximum)
{
    /// <summary>A 1500-byte IPv4 path.</summary>
    public const int UsualMaximum = 1432;

    /// <summary>Usual path MTUs minus IP, UDP and DTLS: 1500 on IPv4, on IPv6, behind PPPoE or small tunnels, behind larger ones.</summary>
    private static readonly int[] UsualCandidates = [UsualMaximum, 1412, 1392, 1340];

    /// <summary>Tried once the largest usual size has proved itself: what one DTLS record of a browser holds, for paths within a machine and jumbo frames.</summary>
    private static readonly int[] LargeCandidates = [SctpOptions.LargestPacketSize];

    private const int MaxTries = 3;

    private static readonly TimeSpan RaiseInterval = TimeSpan.FromSeconds(600);

    private int _candidate;
    private int _tries;

    /// <summary>The probe to send now, in bytes of SCTP packet; 0 when none is due.</summary>
    public int DueProbe { get; private set; }

    /// <summary>Size of the probe awaiting its answer; 0 when there is none.</summary>
    public int Outstanding { get; private set; }

    public ulong Nonce { get; private set; }

    public bool IsEnabled => maximum > baseSize;

    /// <summary>The timer ran out: a probe is due, or the last one got no answer. Returns when to come again.</summary>
    /// <param name="currentSize">What is used now.</param>
    /// <param name="pathLimit">Larger sizes are not tried on this path.</param>
    /// <param name="timeout">How long an answer may take.</param>
    public TimeSpan OnTimer(int currentSize, int pathLimit, TimeSpan timeout)
    {
        if (Outstanding > 0)
        {
            Outstanding = 0;
            if (++_tries >= MaxTries)
            {
                _candidate++;
                _tries = 0;
            }
        }

        var candidates = currentSize < UsualMaximum ? UsualCandidates : LargeCandidates;
        while (_candidate < candidates.Length && candidates[_candidate] > Math.Min(maximum, pathLimit))
        {
            _candidate++;
        }

        if (_candidate >= candidates.Length || candidates[_candidate] <= currentSize)
        {
            // The search is over; larger may work later.
            _candidate = 0;
            _tries = 0;
            DueProbe = 0;
            return RaiseInterval;
        }

        DueProbe = candidates[_candidate];
        return timeout;
    }

    public void OnSent(ulong nonce)
    {
        Nonce = nonce;
        Outstanding = DueProbe;
        DueProbe = 0;
    }

    /// <summary>Whether this answer proves the size.</summary>
    public bool OnAcknowledged(int size, ulong nonce)
    {
        if (size != Outstanding || nonce != Nonce)
        {
            return false;
        }

        Outstanding = 0;
        _candidate = 0;
        _tries = 0;
        return true;
    }

    /// <summary>The path swallows large packets: search again only after the raise interval.</summary>
    public TimeSpan OnBlackHole()
    {
        Outstanding = DueProbe = 0;
        _candidate = _tries = 0;
        return RaiseInterval;
    }

    /// <summary>Another path: search anew.</summary>
    public void Reset()
    {
        Outstanding = DueProbe = 0;
        _candidate = _tries = 0;
    }
}
