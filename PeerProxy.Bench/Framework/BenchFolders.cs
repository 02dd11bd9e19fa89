namespace PeerProxy.Bench.Framework;

/// <summary>Where results go: in the repository that the program was built in, else in the current folder.</summary>
internal sealed record BenchFolders(string Artifacts, string Plots)
{
    /// <summary>One folder per scenario.</summary>
    public string Results => Path.Combine(Artifacts, "bench");

    public static BenchFolders Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "PeerProxy.sln")))
        {
            folder = folder.Parent;
        }

        var root = folder?.FullName ?? Environment.CurrentDirectory;
        return new BenchFolders(Path.Combine(root, "artifacts"), Path.Combine(root, "docs", "benchmarks"));
    }
}
