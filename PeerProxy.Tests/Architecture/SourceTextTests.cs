using System.Text.RegularExpressions;

namespace PeerProxy.Tests.Architecture;

/// <summary>What no source file contains.</summary>
[Trait("Category", "Architecture")]
public sealed partial class SourceTextTests
{
    private static readonly string[] TextFiles =
        [".cs", ".csproj", ".props", ".targets", ".ts", ".js", ".json", ".html", ".css", ".md", ".sh", ".yml", ".yaml", ".sln", ".svg"];

    [Fact]
    public void Sources_NameNoPathOfADevelopersMachine()
    {
        var offences = Offences(Repository.Files("", TextFiles), MachinePath());

        Assert.True(offences.Length == 0, "A path of one machine works on one machine; use a relative path or a temporary folder.\n" + string.Join('\n', offences));
    }

    [Fact]
    public void Sources_LeaveNothingUnfinished()
    {
        var sources = Repository.Files("", ".cs", ".ts").Where(file => !file.StartsWith("PeerProxy.Tests/Architecture/", StringComparison.Ordinal));

        var offences = Offences(sources, Unfinished());

        Assert.True(offences.Length == 0, "Finish it, or write it down where work is planned.\n" + string.Join('\n', offences));
    }

    [Fact]
    public void Sources_SwallowNoExceptionSilently()
    {
        var offences = Repository.Files("", ".cs")
            .Where(file => EmptyCatch().IsMatch(Repository.Read(file)))
            .ToArray();

        Assert.True(offences.Length == 0, "If ignoring is right, filter the type and say why in one line.\n" + string.Join('\n', offences));
    }

    [Fact]
    public void PublicTypes_HaveASummary()
    {
        var offences =
            from file in Repository.Files("", ".cs")
            where !file.StartsWith("PeerProxy.Tests/", StringComparison.Ordinal) && !file.StartsWith("PeerProxy.Bench/", StringComparison.Ordinal)
            let lines = Repository.Read(file).Split('\n')
            from index in Enumerable.Range(0, lines.Length)
            where PublicType().IsMatch(lines[index]) && !IsDocumented(lines, index)
            select $"{file}:{index + 1}: {lines[index].Trim()}";

        var found = offences.ToArray();
        Assert.True(found.Length == 0, "One sentence says what a public type is for.\n" + string.Join('\n', found));
    }

    private static string[] Offences(IEnumerable<string> files, Regex pattern) =>
    [
        .. from file in files
           from line in Repository.Read(file).Split('\n').Select((text, index) => (Text: text, Number: index + 1))
           where pattern.IsMatch(line.Text)
           select $"{file}:{line.Number}: {line.Text.Trim()}",
    ];

    /// <summary>The lines above, over attributes, end in a documentation comment; the parts of a partial type share one.</summary>
    private static bool IsDocumented(string[] lines, int index)
    {
        if (lines[index].Contains(" partial ", StringComparison.Ordinal))
        {
            return true;
        }

        for (var above = index - 1; above >= 0; above--)
        {
            var text = lines[above].Trim();
            if (text.StartsWith("///", StringComparison.Ordinal))
            {
                return true;
            }

            if (!text.StartsWith('[') && !text.EndsWith(']'))
            {
                return false;
            }
        }

        return false;
    }

    // Split so that this file does not contain what it looks for.
    [GeneratedRegex("(?<![\\w.:/])/(wor" + "k|hom" + "e|Use" + "rs|roo" + "t)/[a-z]|[A-Z]:\\\\Use" + "rs\\\\")]
    private static partial Regex MachinePath();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b|NotImplementedException")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"catch(\s*\([^)]*\))?(\s*when\s*\([^{]*\))?\s*\{\s*\}")]
    private static partial Regex EmptyCatch();

    [GeneratedRegex(@"^public (?:(?:static|sealed|abstract|readonly|partial|ref|unsafe) )*(?:class|struct|record|interface|enum|delegate)\b")]
    private static partial Regex PublicType();
}
