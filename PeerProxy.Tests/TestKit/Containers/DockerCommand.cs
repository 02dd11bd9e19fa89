using System.Diagnostics;

namespace PeerProxy.Tests.TestKit.Containers;

/// <summary>Runs the command line of Docker, and programs beside it.</summary>
public static class DockerCommand
{
    /// <summary>Building images takes a minute or two where two cores do everything at once.</summary>
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(5);

    /// <summary>Runs <c>docker</c>; fails the test with its output if that fails.</summary>
    public static Task<string> RunAsync(params string[] arguments) => RunProgramAsync("docker", arguments);

    /// <summary>Runs a program to its end; fails the test with its output if that fails.</summary>
    public static async Task<string> RunProgramAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? folder = null)
    {
        var (isSuccess, output) = await TryRunAsync(program, arguments, environment, folder);
        Assert.True(isSuccess, $"{program} {string.Join(' ', arguments)}:\n{output}");
        return output;
    }

    /// <summary>Runs a program to its end.</summary>
    public static async Task<(bool IsSuccess, string Output)> TryRunAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? folder = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = folder ?? Path.GetTempPath(),
        };
        foreach (var (key, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[key] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var deadline = new CancellationTokenSource(_limit);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
            var error = process.StandardError.ReadToEndAsync(deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
            return (process.ExitCode == 0, await output + await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
