using System.CommandLine;
using PeerProxy.Bench.Framework;
using PeerProxy.Bench.Scenarios.Wan;
using PeerProxy.Bench.Stack;
using Spectre.Console;

namespace PeerProxy.Bench;

/// <summary>Arguments and options of the program.</summary>
internal static class BenchCommandLine
{
    private const string All = "all";

    public static Task<int> RunAsync(string[] args)
    {
        var names = new Argument<string[]>("scenario") { Description = "Names of scenarios, or 'all'; without one they are listed.", Arity = ArgumentArity.ZeroOrMore };
        var quick = new Option<bool>("--quick") { Description = "Fewer repetitions: under two minutes per scenario." };
        var plots = new Option<bool>("--plots") { Description = "Also draw the plots into docs/benchmarks." };
        var root = new RootCommand("Measures PeerProxy beside its peers, in the same run on the same machine.") { names, quick, plots };
        root.SetAction((parsed, cancellationToken) => RunAsync(parsed.GetValue(names) ?? [], parsed.GetValue(quick), parsed.GetValue(plots), cancellationToken));
        root.Add(AgentHostCommand.Create());
        root.Add(WanSite.CreateCommand());
        return root.Parse(args).InvokeAsync();
    }

    private static async Task<int> RunAsync(string[] names, bool isQuick, bool withPlots, CancellationToken cancellationToken)
    {
        var console = AnsiConsole.Console;
        if (!console.Profile.Capabilities.Interactive)
        {
            // Tables for a log file, not cut at the width of a terminal that is not there.
            console.Profile.Width = 160;
        }

        if (names.Length == 0)
        {
            foreach (var scenario in ScenarioList.All)
            {
                console.WriteLine($"{scenario.Name,-20} {scenario.Description}");
            }

            return 0;
        }

        var unknown = names.FirstOrDefault(name => name != All && ScenarioList.All.All(scenario => scenario.Name != name));
        if (unknown is not null)
        {
            await Console.Error.WriteLineAsync($"There is no scenario '{unknown}'. Run without arguments for the list.");
            return 2;
        }

        var chosen = ScenarioList.All.Where(scenario => names.Contains(All) || names.Contains(scenario.Name)).ToList();
        return await new ScenarioRunner(console, BenchFolders.Find()).RunAsync(chosen, isQuick, withPlots, cancellationToken) == 0 ? 0 : 1;
    }
}
