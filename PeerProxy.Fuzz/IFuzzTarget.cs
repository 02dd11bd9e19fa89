namespace PeerProxy.Fuzz;

/// <summary>A reader of bytes that strangers or peers send. Whatever the bytes, it returns: an exception is a finding.</summary>
public interface IFuzzTarget
{
    /// <summary>Name on the command line and of the corpus folder.</summary>
    string Name { get; }

    /// <summary>The format is text: mutations insert tokens rather than numbers.</summary>
    bool IsText => false;

    /// <summary>What one input may allocate at most, in bytes, besides <see cref="AllocationPerByte"/>.</summary>
    long AllocationAllowance => 16 * 1024;

    /// <summary>What one input may allocate at most per byte of it.</summary>
    long AllocationPerByte => 64;

    /// <summary>Makes what the next input runs against; not counted as its allocation.</summary>
    void Prepare()
    {
    }

    void Run(ReadOnlySpan<byte> input);
}
