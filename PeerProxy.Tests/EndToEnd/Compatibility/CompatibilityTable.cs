using System.Collections.Concurrent;
using System.Text;
using PeerProxy.Tests.TestKit.Browsers;

namespace PeerProxy.Tests.EndToEnd.Compatibility;

/// <summary>Collects the results, and writes them as <c>docs/compatibility.md</c> when a run asks for it.</summary>
public sealed class CompatibilityTable
{
    /// <summary>Names the file to write; without it a run writes nothing.</summary>
    public const string FileVariable = "PEERPROXY_COMPATIBILITY_TABLE";

    private readonly ConcurrentDictionary<(CompatibilityCase Case, string Browser), Row> _rows = new();

    public void Add(string browser, CompatibilityCase one, CaseResult direct, CaseResult proxied, KnownDifference? known) =>
        _rows[(one, browser)] = new Row(direct.Error is null, direct.Error is null && direct.Value == proxied.Value, known);

    public void WriteIfWanted()
    {
        if (Environment.GetEnvironmentVariable(FileVariable) is not { Length: > 0 } file || _rows.IsEmpty)
        {
            return;
        }

        var text = new StringBuilder($"""
            # Compatibility

            Every case runs in Chromium and in Firefox, each time against the target itself and through PeerProxy, and what the page saw is compared. *Direct* says
            that the case works without PeerProxy (all must); a browser's column says whether the proxied result **equals** the direct one in that browser. A case
            that differs has its reason in the note, and its difference is asserted by the tests, so that this page stays true.

            {Summary()}

            The table is made by the tests themselves:

            ```sh
            {FileVariable}=$PWD/docs/compatibility.md dotnet run --project PeerProxy.Tests -- --filter-namespace PeerProxy.Tests.EndToEnd.Compatibility
            ```


            """);
        foreach (var (group, heading) in CaseCatalog.Pages.Append((Walks.Walk.Group, "Windows, history, downloads: what a person does")))
        {
            var names = group == Walks.Walk.Group ? Walks.Walk.All.Select(walk => walk.Name) : CaseCatalog.InPages.Where(one => one.Group == group).Select(one => one.Name);
            text.Append($"## {heading}\n\n| case | direct | Chromium | Firefox | note |\n|---|---|---|---|---|\n");
            foreach (var name in names)
            {
                AppendRow(text, new CompatibilityCase(group, name));
            }

            text.Append('\n');
        }

        File.WriteAllText(file, text.ToString().TrimEnd() + "\n");
    }

    private string Summary()
    {
        var equal = _rows.Values.Count(row => row.IsEqual);
        return $"{_rows.Keys.Select(key => key.Case).Distinct().Count()} cases, {_rows.Count} comparisons: {equal} equal, {_rows.Values.Count(row => row is { IsEqual: false, Known: not null })} known differences.";
    }

    private void AppendRow(StringBuilder text, CompatibilityCase one)
    {
        var rows = new[] { BrowserInstallation.Chromium, BrowserInstallation.Firefox }.Select(browser => _rows.GetValueOrDefault((one, browser))).ToArray();
        var direct = rows.All(row => row is null or { WorksDirectly: true }) ? "works" : "fails";
        var notes = rows.Select(row => row?.Known?.Note).Where(note => note is not null).Distinct();
        text.Append($"| {one.Name.Replace("|", "\\|", StringComparison.Ordinal)} | {direct} | {Word(rows[0])} | {Word(rows[1])} | {string.Join(' ', notes)} |\n");
    }

    private static string Word(Row? row) => row is null ? "not run" : row.IsEqual ? "equal" : row.Known is not null ? "differs" : "FAILS";

    private sealed record Row(bool WorksDirectly, bool IsEqual, KnownDifference? Known);
}
