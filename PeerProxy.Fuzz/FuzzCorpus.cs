namespace PeerProxy.Fuzz;

/// <summary>Inputs to start from: one file each, in a folder per target.</summary>
public static class FuzzCorpus
{
    /// <summary>The files beside the program, in the order of their names.</summary>
    public static IReadOnlyList<byte[]> Read(IFuzzTarget target)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "Corpus", target.Name);
        return Directory.Exists(folder)
            ? [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)]
            : [];
    }
}
