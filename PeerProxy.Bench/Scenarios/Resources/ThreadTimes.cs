using System.Diagnostics;

namespace PeerProxy.Bench.Scenarios.Resources;

/// <summary>The processor time that each thread of this process has used so far.</summary>
internal sealed class ThreadTimes
{
    private readonly Dictionary<int, TimeSpan> _times = [];

    private ThreadTimes()
    {
    }

    public static ThreadTimes OfThisProcess()
    {
        var result = new ThreadTimes();
        using var process = Process.GetCurrentProcess();
        foreach (ProcessThread thread in process.Threads)
        {
            using (thread)
            {
                try
                {
                    result._times[thread.Id] = thread.TotalProcessorTime;
                }
                catch (InvalidOperationException)
                {
                    // It has ended since the list was made, and what it used before does not count.
                }
            }
        }

        return result;
    }

    /// <summary>What was used since then, by the busiest thread and by all.</summary>
    public (TimeSpan Busiest, TimeSpan Sum) Since(ThreadTimes start)
    {
        TimeSpan busiest = default;
        TimeSpan sum = default;
        foreach (var (id, time) in _times)
        {
            var used = time - start._times.GetValueOrDefault(id);
            busiest = used > busiest ? used : busiest;
            sum += used;
        }

        return (busiest, sum);
    }
}
