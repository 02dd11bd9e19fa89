namespace PeerProxy.Bench.Stack;

/// <summary>Remembers the longest garbage collection pause of this process.</summary>
internal sealed class GcPauseWatch : IDisposable
{
    /// <summary>Often enough to see collections one by one in all but the busiest process.</summary>
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(20);

    private readonly Lock _gate = new();
    private readonly Timer _timer;
    private int _collections;
    private TimeSpan _longest;

    public GcPauseWatch() => _timer = new Timer(_ => Look(), null, _interval, _interval);

    public AgentRuntime Read()
    {
        Look();
        lock (_gate)
        {
            return new AgentRuntime(GC.GetTotalAllocatedBytes(), GC.GetTotalPauseDuration().TotalMilliseconds, _longest.TotalMilliseconds, GC.CollectionCount(0), GC.GetTotalMemory(false));
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        lock (_gate)
        {
            // Asking for the details allocates, so only after a collection.
            var collections = GC.CollectionCount(0);
            if (collections == _collections)
            {
                return;
            }

            _collections = collections;
            foreach (var kind in new[] { GCKind.Ephemeral, GCKind.FullBlocking, GCKind.Background })
            {
                foreach (var pause in GC.GetGCMemoryInfo(kind).PauseDurations)
                {
                    _longest = pause > _longest ? pause : _longest;
                }
            }
        }
    }
}

/// <summary>Counters of an agent's runtime since it started.</summary>
/// <param name="AllocatedBytes">Managed memory handed out.</param>
/// <param name="PauseMs">Sum of the garbage collector's pauses.</param>
/// <param name="LongestPauseMs">The longest one.</param>
/// <param name="Collections">Of any generation.</param>
/// <param name="HeapBytes">Managed heap now.</param>
public sealed record AgentRuntime(long AllocatedBytes, double PauseMs, double LongestPauseMs, int Collections, long HeapBytes);
