using System.Diagnostics;
using Spectre.Console;

namespace PeerProxy.AppHost.Embedded;

/// <summary>What the person at the terminal reads: one line per part as it comes up, then the link.</summary>
public sealed class StartupReport(IAnsiConsole console)
{
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly Lock _gate = new();

    /// <summary>A part runs.</summary>
    public void Running(string part, string detail) => Line("[green]●[/]", part, detail);

    /// <summary>A part is left out, and why.</summary>
    public void LeftOut(string part, string reason) => Line("[yellow]○[/]", part, reason);

    /// <summary>Everything runs: the link and how to stop.</summary>
    public void Ready(EmbeddedSuite suite)
    {
        lock (_gate)
        {
            console.WriteLine();
            if (suite.Link is { } link)
            {
                console.MarkupLine("  Open this in Chrome or Firefox:");
                console.WriteLine();

                // Unwrapped and unstyled, so that it can be copied and clicked in any terminal.
                console.Profile.Out.Writer.WriteLine($"  {link}");
            }
            else
            {
                console.MarkupLine("  Nothing is exposed yet. Start an agent:");
                console.WriteLine();
                console.Profile.Out.Writer.WriteLine($"  dotnet run --project PeerProxy.Agent -- 3000 --server {suite.EdgeUrl.ToString().TrimEnd('/')}");
            }

            console.WriteLine();
            console.MarkupLine($"  [grey]Up in {Stopwatch.GetElapsedTime(_started).TotalSeconds:0.0} s. Ctrl-C stops everything.[/]");
        }
    }

    /// <summary>The agent gave up while the rest goes on.</summary>
    public void AgentEnded(Exception? cause) =>
        console.MarkupLine($"\n  [red]The agent ended{Markup.Escape(cause is null ? "" : ": " + cause.Message)}[/] The link is dead until you start again.");

    /// <summary>The stop has begun.</summary>
    public void Stopping() => console.MarkupLine("\n  [grey]Stopping ...[/]");

    /// <summary>Nothing runs any more.</summary>
    public void Stopped() => console.MarkupLine("  [grey]Stopped.[/]");

    /// <summary>The suite did not start.</summary>
    public void Failed(SuiteStartException failure) => console.MarkupLine($"\n  [red]{Markup.Escape(failure.Message)}[/]");

    private void Line(string mark, string part, string detail)
    {
        lock (_gate)
        {
            console.MarkupLine($"  {mark} [bold]{part,-11}[/] {Markup.Escape(detail)}");
        }
    }
}
