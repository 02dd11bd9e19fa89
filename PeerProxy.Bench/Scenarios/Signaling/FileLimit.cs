using System.Runtime.InteropServices;

namespace PeerProxy.Bench.Scenarios.Signaling;

/// <summary>The number of sockets that this process and its children may have.</summary>
internal static partial class FileLimit
{
    private const int OpenFiles = 7;

    /// <summary>Raises the limit where the system lets us.</summary>
    /// <returns>The limit that holds now.</returns>
    public static long Raise(long wanted)
    {
        var limit = new Limit { Current = (ulong)wanted, Most = (ulong)wanted };
        if (SetLimit(OpenFiles, in limit) != 0)
        {
            _ = GetLimit(OpenFiles, out limit);
        }

        return (long)limit.Current;
    }

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, in Limit limit);

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, out Limit limit);

    private struct Limit
    {
        public ulong Current;
        public ulong Most;
    }
}
