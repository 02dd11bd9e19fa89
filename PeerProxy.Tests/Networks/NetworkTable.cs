using System.Globalization;
using System.Text;

namespace PeerProxy.Tests.Networks;

/// <summary>Collects what the network tests saw, and writes it as <c>docs/networks.md</c> when a run asks for it.</summary>
public sealed class NetworkTable
{
    /// <summary>Names the file to write; without it a run writes nothing.</summary>
    public const string FileVariable = "PEERPROXY_NETWORKS_TABLE";

    /// <summary>The table's order; the tests run in any.</summary>
    private static readonly string[] _order = ["full-cone", "restricted", "port-restricted", "symmetric", "udp-blocked", "web-only"];

    private readonly List<(string Agent, string Browser, string Path, long TimeToPage)> _rows = [];
    private readonly List<(string Change, string Outcome, double Pause)> _changes = [];

    public void Add(string agent, string browser, string path, long timeToPage) => _rows.Add((agent, browser, path, timeToPage));

    /// <summary>What became of a download, and how long it stood still at most, in seconds.</summary>
    public void AddChange(string change, string outcome, double pause) => _changes.Add((change, outcome, pause));

    public void WriteIfWanted()
    {
        if (Environment.GetEnvironmentVariable(FileVariable) is not { Length: > 0 } file || _rows.Count == 0)
        {
            return;
        }

        var text = new StringBuilder($"""
            # Networks

            Which path a visitor gets, behind which NATs. Each row is one visit by Chromium with an empty profile over an emulated internet (20 ms between
            agent and browser, 14 ms from each to the server): signaling node, edge and coturn on the server, the demo site and its agent behind one NAT,
            the browser behind another. *Time to page* is from the navigation to the site's own content, everything included: HTML of the shell, service
            worker, signaling, path, DTLS, SCTP, request. Direct or relayed is what the badge shows, checked against the bytes that crossed the server's link.

            The first visit behind each NAT of the agent meets an agent process that has just started.

            The table is made by the tests themselves, as root on Linux:

            ```sh
            {FileVariable}=$PWD/docs/networks.md dotnet run --project PeerProxy.Tests -- --filter-namespace PeerProxy.Tests.Networks
            ```

            Expected is a direct path wherever STUN suffices, which is everywhere but between a symmetric NAT and another one that is symmetric or
            port-restricted; and a relayed one where UDP does not pass.


            """);
        text.Append("| agent behind | browser behind | path | time to page |\n|---|---|---|---|\n");
        static int Rank(string nat) => Array.IndexOf(_order, nat) is >= 0 and var rank ? rank : _order.Length;
        foreach (var (agent, browser, path, time) in _rows.OrderBy(row => Rank(row.Agent)).ThenBy(row => Rank(row.Browser)))
        {
            text.Append($"| {agent} | {browser} | {path} | {time} ms |\n");
        }

        text.Append("""

            ## When the path changes

            A download behind two port-restricted NATs, at 30 Mbit/s (12 where the path is cut). *Longest pause* is between two pieces of the body, as the page sees it.

            | what happens | what becomes of the download | longest pause |
            |---|---|---|

            """);
        foreach (var (change, outcome, pause) in _changes.OrderBy(row => row.Change, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"| {change} | {outcome} | {pause:0.0} s |\n");
        }

        File.WriteAllText(file, text.ToString());
    }
}
