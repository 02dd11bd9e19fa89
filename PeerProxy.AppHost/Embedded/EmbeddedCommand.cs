using System.CommandLine;
using System.Runtime.InteropServices;
using PeerProxy.Agent.Forwarding;
using Spectre.Console;

namespace PeerProxy.AppHost.Embedded;

/// <summary>The command line of the embedded host: starts the suite, shows what runs where, and stops all of it on Ctrl-C or SIGTERM.</summary>
public static class EmbeddedCommand
{
    /// <summary>Parses, runs, and returns the exit code: 0 after a normal stop, 1 if something did not start.</summary>
    public static Task<int> RunAsync(string[] args)
    {
        var target = new Option<TargetAddress?>("--target")
        {
            Description = "Expose this web server instead of the sample site: a port, host:port or URL.",
            CustomParser = result =>
            {
                if (TargetAddress.TryParse(result.Tokens[0].Value, out var address, out var problem))
                {
                    return address;
                }

                result.AddError(problem);
                return null;
            },
        };
        var noSample = new Option<bool>("--no-sample") { Description = "Do not start the sample site." };
        var noTurn = new Option<bool>("--no-turn") { Description = "Do not start turnserver." };
        var port = new Option<int>("--port") { Description = "Port of the edge; the next free one is taken if it is in use.", DefaultValueFactory = _ => EmbeddedOptions.DefaultPort };
        var name = new Option<string>("--name") { Description = "Name of the site in the link.", DefaultValueFactory = _ => SuiteDefaults.SiteName };
        var verbose = new Option<bool>("--verbose") { Description = "Show the services' log lines." };
        var root = new RootCommand("Starts PeerProxy on this machine: registry, two signaling nodes, the edge, a sample site and an agent.")
        {
            target, noSample, noTurn, port, name, verbose,
        };
        root.SetAction((parsed, _) => RunAsync(new EmbeddedOptions
        {
            Target = parsed.GetValue(target),
            NoSample = parsed.GetValue(noSample),
            NoTurn = parsed.GetValue(noTurn),
            Port = parsed.GetValue(port),
            Name = parsed.GetValue(name) ?? SuiteDefaults.SiteName,
            Verbose = parsed.GetValue(verbose),
        }));
        return root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
    }

    private static async Task<int> RunAsync(EmbeddedOptions options)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = OnSignal(PosixSignal.SIGINT, stop);
        using var terminate = OnSignal(PosixSignal.SIGTERM, stop);
        using var hangUp = OnSignal(PosixSignal.SIGHUP, stop);
        var report = new StartupReport(AnsiConsole.Console);
        try
        {
            await using (var suite = await EmbeddedSuite.StartAsync(options, report, stop.Token))
            {
                report.Ready(suite);
                if (await Task.WhenAny(suite.AgentEnded, Task.Delay(Timeout.Infinite, stop.Token)) == suite.AgentEnded)
                {
                    report.AgentEnded(suite.AgentEnded.Exception?.InnerException);
                    await Task.Delay(Timeout.Infinite, stop.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
                }

                report.Stopping();
            }

            report.Stopped();
            return 0;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            report.Stopped();
            return 0;
        }
        catch (SuiteStartException failure)
        {
            report.Failed(failure);
            return 1;
        }
    }

    private static PosixSignalRegistration OnSignal(PosixSignal signal, CancellationTokenSource stop) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            // The process ends when the suite is down, not by the signal itself; a second one is for the impatient.
            context.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        });
}
