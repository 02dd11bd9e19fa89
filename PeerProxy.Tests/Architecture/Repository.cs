using System.Diagnostics;

namespace PeerProxy.Tests.Architecture;

/// <summary>The working tree that these tests were built from.</summary>
internal static class Repository
{
    private static readonly string[] GeneratedFolders = ["bin", "obj", "node_modules", "artifacts", ".git", "TestResults"];

    /// <summary>The folder of the solution file.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Text files of the sources, relative to <see cref="Root"/>, without what builds write.</summary>
    public static IEnumerable<string> Files(string under, params string[] extensions) =>
        Enumerate(Path.Combine(Root, under))
            .Where(file => extensions.Length == 0 || extensions.Contains(Path.GetExtension(file)))
            .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'));

    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    private static IEnumerable<string> Enumerate(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return [];
        }

        return Directory.EnumerateFiles(folder).Concat(
            Directory.EnumerateDirectories(folder)
                .Where(inner => !GeneratedFolders.Contains(Path.GetFileName(inner)))
                .SelectMany(Enumerate));
    }

    private static string FindRoot()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "PeerProxy.sln")))
            {
                return folder;
            }
        }

        throw new UnreachableException("The tests run outside of the working tree that holds PeerProxy.sln.");
    }
}
