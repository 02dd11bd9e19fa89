using System.Collections.Concurrent;

namespace PeerProxy.SampleSite.Lab;

/// <summary>
/// What became of the long requests of <c>/lab</c>: how many are open, ended by themselves, or were abandoned by the client. It lets a test see
/// that closing a page reaches the server.
/// </summary>
public sealed class LabActivity
{
    private readonly ConcurrentDictionary<string, Counts> _byName = new();

    /// <summary>Runs a request's work under a name and counts how it ends.</summary>
    public async Task TrackAsync(string name, Func<Task> work, CancellationToken aborted)
    {
        var counts = _byName.GetOrAdd(name, _ => new Counts());
        Interlocked.Increment(ref counts.Open);
        try
        {
            await work();
            Interlocked.Increment(ref aborted.IsCancellationRequested ? ref counts.Aborted : ref counts.Completed);
        }
        catch (Exception ended) when (ended is OperationCanceledException or IOException)
        {
            Interlocked.Increment(ref counts.Aborted);
        }
        finally
        {
            Interlocked.Decrement(ref counts.Open);
        }
    }

    /// <summary>The counts by name.</summary>
    public IReadOnlyDictionary<string, ActivityCounts> Snapshot() => _byName.ToDictionary(
        pair => pair.Key,
        pair => new ActivityCounts(
            Volatile.Read(ref pair.Value.Open), Volatile.Read(ref pair.Value.Completed), Volatile.Read(ref pair.Value.Aborted)));

    private sealed class Counts
    {
        public int Open;
        public int Completed;
        public int Aborted;
    }
}

/// <summary>Requests of one kind: running now, ended normally, given up by the client.</summary>
public sealed record ActivityCounts(int Open, int Completed, int Aborted);
