using System.Runtime.InteropServices;

namespace PeerProxy.WebRtc.Hosting;

/// <summary>How many checks of unknown senders are looked at: bounds the work of a flood, per source address and second.</summary>
internal sealed class StrangerLimit
{
    private static readonly TimeSpan _period = TimeSpan.FromSeconds(1);

    private readonly Dictionary<TransportAddress, int> _counts = [];
    private Timestamp _periodEnd;
    private int _overflow;

    public bool TryTake(in TransportAddress remote, Timestamp now)
    {
        if (now >= _periodEnd)
        {
            _counts.Clear();
            _overflow = 0;
            _periodEnd = now + _period;
        }

        var source = remote.WithPort(0);
        if (_counts.Count >= HostingLimits.MaxCountedStrangers && !_counts.ContainsKey(source))
        {
            return ++_overflow <= HostingLimits.StrangersChecksPerSecond;
        }

        return ++CollectionsMarshal.GetValueRefOrAddDefault(_counts, source, out _) <= HostingLimits.StrangersChecksPerSecond;
    }
}
