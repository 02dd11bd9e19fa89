using System.Diagnostics;
using PeerProxy.Tests.Architecture;

namespace PeerProxy.Tests.Functional.Bench;

/// <summary>The measuring program as it is run, with the scenarios that need nothing but a processor.</summary>
public sealed class BenchCommandTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(180);

    [Fact]
    public async Task Scenario_MeasuredByName_PrintsItsComparison()
    {
        var (exitCode, output) = await RunAsync("checksum", "--quick");

        Assert.True(exitCode == 0, output);
        Assert.Contains("CRC32C / sum of words", output, StringComparison.Ordinal);
    }

    /// <summary>Each scenario is a process of its own, so what other tests keep does not count. Its processor time is printed: that of a busy machine is no measure.</summary>
    [Theory]
    [InlineData("idle-peers", "managed memory per peer")]
    [InlineData("connection-churn", "managed memory left", "threads left", "handles left")]
    public async Task Resources_OfConnections_StayWithinTheirGoals(string scenario, params string[] goals)
    {
        var (exitCode, output) = await RunAsync(scenario, "--quick");

        Assert.True(exitCode == 0, output);
        foreach (var goal in goals)
        {
            var judged = Assert.Single(output.Split('\n'), line => line.Contains(goal, StringComparison.Ordinal) && line.Contains("<=", StringComparison.Ordinal));
            Assert.True(!judged.Contains("MISSED", StringComparison.Ordinal), output);
        }

        TestContext.Current.TestOutputHelper?.WriteLine(output);
    }

    [Fact]
    public async Task Scenario_Unknown_IsRefusedWithAnExitCode()
    {
        var (exitCode, output) = await RunAsync("no-such-scenario");

        Assert.Equal(2, exitCode);
        Assert.Contains("no-such-scenario", output, StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        // The same configuration and framework as these tests: bin/<configuration>/<framework>.
        var framework = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var program = Path.Combine(Repository.Root, "PeerProxy.Bench", "bin", framework.Parent!.Name, framework.Name, "PeerProxy.Bench.dll");
        Assert.SkipUnless(File.Exists(program), "PeerProxy.Bench is not built; building the solution builds it.");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        using var limit = new CancellationTokenSource(_limit);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output + await error);
    }
}
