using System.Diagnostics;
using Spectre.Console;

namespace PeerProxy.Bench.Framework;

/// <summary>Runs scenarios one after the other with a progress bar, prints and writes what they measured.</summary>
internal sealed class ScenarioRunner(IAnsiConsole console, BenchFolders folders)
{
    /// <returns>How many scenarios failed or could not run.</returns>
    public async Task<int> RunAsync(IReadOnlyList<IScenario> scenarios, bool isQuick, bool withPlots, CancellationToken cancellationToken)
    {
        var failed = 0;
        foreach (var scenario in scenarios)
        {
            var results = new ScenarioResults(scenario.Name);
            var clock = Stopwatch.StartNew();
            try
            {
                await MeasureAsync(scenario, results, isQuick, cancellationToken);
            }
            catch (ScenarioUnavailableException missing)
            {
                console.MarkupLineInterpolated($"[yellow]{scenario.Name}: {missing.Message}[/]");
                failed++;
                continue;
            }
            catch (Exception error) when (error is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                console.WriteLine($"{scenario.Name} failed: {error}");
                failed++;
            }

            ResultTable.Print(results, console);
            ResultFiles.Write(results, isQuick, Path.Combine(folders.Results, scenario.Name), withPlots ? Path.Combine(folders.Plots, scenario.Name) : null);
            console.MarkupLineInterpolated($"[dim]{scenario.Name}: {clock.Elapsed.TotalSeconds:0} s, raw results in {Path.GetRelativePath(Environment.CurrentDirectory, folders.Results)}/{scenario.Name}[/]");
        }

        return failed;
    }

    private Task MeasureAsync(IScenario scenario, ScenarioResults results, bool isQuick, CancellationToken cancellationToken)
    {
        // A bar that cannot be redrawn fills a log with lines.
        if (!console.Profile.Capabilities.Interactive)
        {
            return scenario.RunAsync(new BenchContext(isQuick, results, new Progress<ScenarioProgress>(), folders.Artifacts), cancellationToken);
        }

        return console.Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async bar =>
            {
                var task = bar.AddTask(Markup.Escape(scenario.Name));
                var progress = new Progress<ScenarioProgress>(now =>
                {
                    task.MaxValue = Math.Max(now.Total, 1);
                    task.Value = now.Done;
                    task.Description = Markup.Escape($"{scenario.Name}: {now.Step}");
                });
                await scenario.RunAsync(new BenchContext(isQuick, results, progress, folders.Artifacts), cancellationToken);
            });
    }
}
