using System.Xml.Linq;

namespace PeerProxy.Tests.Architecture;

/// <summary>Which project may know which other one. docs/architecture.md gives the table for people; this one is the rule.</summary>
[Trait("Category", "Architecture")]
public sealed class ReferenceTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["PeerProxy.Protocol"] = [],
        ["PeerProxy.WebRtc"] = [],
        ["PeerProxy.ServiceDefaults"] = [],
        ["PeerProxy.Agent"] = ["PeerProxy.Protocol", "PeerProxy.ServiceDefaults", "PeerProxy.WebRtc"],
        ["PeerProxy.Signaling"] = ["PeerProxy.Protocol", "PeerProxy.ServiceDefaults"],
        ["PeerProxy.WebClient"] = ["PeerProxy.ServiceDefaults"],
        ["PeerProxy.SampleSite"] = [],
        ["PeerProxy.Fuzz"] = ["PeerProxy.Protocol", "PeerProxy.WebRtc"],
        ["PeerProxy.AppHost"] = ["PeerProxy.Agent", "PeerProxy.SampleSite", "PeerProxy.Signaling", "PeerProxy.WebClient"],
    };

    public static TheoryData<string> Projects => [.. Allowed.Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_ReferencesOnlyWhatTheTableAllows(string project)
    {
        var forbidden = ReferencesOf(project).Except(Allowed[project]).ToArray();

        Assert.True(
            forbidden.Length == 0,
            $"{project} references {string.Join(", ", forbidden)}. What belongs to both goes into Protocol (wire formats) or ServiceDefaults; see docs/architecture.md.");
    }

    [Fact]
    public void EveryProject_IsInTheTable()
    {
        var projects = ProjectFiles().Keys.Except(["PeerProxy.Tests", "PeerProxy.Bench"]).Except(Allowed.Keys);

        Assert.Empty(projects);
    }

    [Fact]
    public void Signaling_NeverKnowsWebRtc()
    {
        var files = Repository.Files("PeerProxy.Signaling", ".cs", ".csproj").Where(file => Repository.Read(file).Contains("PeerProxy.WebRtc", StringComparison.Ordinal));

        Assert.True(!files.Any(), $"SDP is opaque to a signaling node, so that it cannot depend on the transport: {string.Join(", ", files)}");
    }

    [Fact]
    public void Bench_LeavesTheAppHostOut()
    {
        Assert.DoesNotContain("PeerProxy.AppHost", ReferencesOf("PeerProxy.Bench"));
    }

    private static Dictionary<string, string> ProjectFiles() =>
        Repository.Files("", ".csproj").ToDictionary(file => Path.GetFileNameWithoutExtension(file));

    private static IEnumerable<string> ReferencesOf(string project) =>
        XDocument.Parse(Repository.Read(ProjectFiles()[project]))
            .Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')));
}
