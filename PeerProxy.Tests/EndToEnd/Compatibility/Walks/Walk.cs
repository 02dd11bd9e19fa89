namespace PeerProxy.Tests.EndToEnd.Compatibility.Walks;

/// <summary>A case that needs a person: clicks, the back button, reload, other windows.</summary>
/// <param name="RunAsync">Walks, and returns what was seen; the same whether the visit is direct or not.</param>
public sealed record Walk(string Name, Func<Walker, Task<object>> RunAsync)
{
    public const string Group = "walks";

    /// <summary>What it sees depends on the tab's whole history. The others are walked one after the other in one tab.</summary>
    public bool NeedsOwnTab { get; init; }

    public static IReadOnlyList<Walk> All { get; } = [.. HistoryWalks.All, .. WindowWalks.All, .. VisitWalks.All];
}
