using System.CommandLine;
using System.Text.Json;
using PeerProxy.Agent;

namespace PeerProxy.Bench.Stack;

/// <summary>
/// The agent's command as a process of its own that answers questions about its runtime: a line on standard input asks, a line of JSON on
/// standard output answers. The end of the input ends the agent.
/// </summary>
internal static class AgentHostCommand
{
    public const string Name = "agent-host";

    /// <summary>Before each answer, to tell it from the agent's own lines.</summary>
    public const string AnswerMark = "#runtime ";

    public static Command Create()
    {
        var arguments = new Argument<string[]>("arguments") { Arity = ArgumentArity.ZeroOrMore };
        var command = new Command(Name, "Runs an agent that is measured.") { arguments };
        command.Hidden = true;
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed.GetValue(arguments) ?? [], cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string[] args, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var watch = new GcPauseWatch();
        var questions = new Thread(() =>
        {
            while (Console.In.ReadLine() is not null)
            {
                Console.Out.WriteLine(AnswerMark + JsonSerializer.Serialize(watch.Read()));
                Console.Out.Flush();
            }

            stop.Cancel();
        })
        { IsBackground = true, Name = "questions" };
        questions.Start();
        return await AgentApp.RunAsync(args, Console.Out, Console.Error, stop.Token);
    }
}
