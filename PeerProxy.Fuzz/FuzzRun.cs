using System.Diagnostics;

namespace PeerProxy.Fuzz;

/// <summary>Feeds a target and watches it: no exception, no input that takes long, no input that allocates out of proportion.</summary>
public sealed class FuzzRun(IFuzzTarget target, IReadOnlyList<byte[]> corpus, int seed)
{
    /// <summary>A reader takes microseconds; even a machine that sleeps in between is done by then.</summary>
    private static readonly TimeSpan _inputLimit = TimeSpan.FromSeconds(5);

    public long Inputs { get; private set; }

    /// <summary>The corpus as it is, then mutations of it, until either limit is reached.</summary>
    /// <exception cref="FuzzFindingException">An input broke a rule.</exception>
    public void Run(long maxInputs, TimeSpan duration)
    {
        var clock = Stopwatch.StartNew();
        foreach (var entry in corpus)
        {
            Feed(entry);
        }

        var mutator = new Mutator(corpus, target.IsText, seed);
        while (Inputs < maxInputs && clock.Elapsed < duration)
        {
            Feed(mutator.Next());
        }
    }

    /// <summary>One input.</summary>
    /// <exception cref="FuzzFindingException">The input broke a rule.</exception>
    public void Feed(byte[] input)
    {
        Inputs++;
        var allowed = target.AllocationAllowance + (target.AllocationPerByte * input.Length);
        var (allocated, elapsed) = Measure(input);
        if (allocated > allowed)
        {
            // Tables and pools are made at the first use of them: only what is allocated again is the input's doing.
            allocated = Measure(input).Allocated;
        }

        if (allocated > allowed)
        {
            throw new FuzzFindingException(Describe($"allocated {allocated} bytes for an input of {input.Length}; {allowed} are allowed"), input);
        }

        if (elapsed > _inputLimit)
        {
            throw new FuzzFindingException(Describe($"took {elapsed}"), input);
        }
    }

    private (long Allocated, TimeSpan Elapsed) Measure(byte[] input)
    {
        try
        {
            target.Prepare();
            var before = GC.GetAllocatedBytesForCurrentThread();
            var started = Stopwatch.GetTimestamp();
            target.Run(input);
            return (GC.GetAllocatedBytesForCurrentThread() - before, Stopwatch.GetElapsedTime(started));
        }
        catch (Exception error)
        {
            throw new FuzzFindingException(Describe($"threw {error.GetType().Name}: {error.Message}"), input, error);
        }
    }

    private string Describe(string fault) => $"{target.Name}: {fault} (seed {seed}, input {Inputs})";
}
