using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Tests.EndToEnd.AppHost;

/// <summary>The command <c>dotnet run --project PeerProxy.AppHost</c> as a process: it prints the link, and however it ends, nothing is left behind.</summary>
[Trait("Category", "EndToEnd")]
public sealed partial class AppHostProcessTests
{
    private const string Ready = "Ctrl-C stops everything";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [Theory]
    [InlineData("TERM", false)]
    [InlineData("INT", false)]
    [InlineData("INT", true)]
    [InlineData("KILL", false)]
    public async Task EndedBySignal_LeavesNothingListening(string signal, bool toAllAsATerminalDoes)
    {
        Assert.SkipWhen(RuntimeInformation.IsOSPlatform(OSPlatform.Windows), "POSIX signals.");
        using var deadline = new CancellationTokenSource(Patience);
        var folder = Directory.CreateTempSubdirectory("apphost-");
        try
        {
            using var host = Start(folder.FullName, toAllAsATerminalDoes);
            var output = await ReadUntilReadyAsync(host, deadline.Token);
            Assert.Contains("#k=", output);
            var ports = Ports().Matches(output).Select(match => int.Parse(match.Groups[1].Value)).ToHashSet();
            Assert.True(ports.Count >= 5, output);
            Assert.All(ports, port => Assert.True(Listens(port), $"{port}\n{output}"));

            using (var kill = Process.Start("kill", ["-" + signal, "--", $"{(toAllAsATerminalDoes ? "-" : "")}{host.Id}"]))
            {
                await kill.WaitForExitAsync(deadline.Token);
            }

            await host.WaitForExitAsync(deadline.Token);
            if (signal != "KILL")
            {
                Assert.Equal(0, host.ExitCode);
            }

            // A child of a killed host ends a moment after it.
            foreach (var port in ports)
            {
                while (Listens(port))
                {
                    await Task.Delay(50, deadline.Token);
                }
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Process Start(string dataFolder, bool inGroupOfItsOwn)
    {
        var start = ForegroundProcess.Dotnet(inGroupOfItsOwn, Path.Combine(OwnOutputFolder(), "PeerProxy.AppHost.dll"), "--port", $"{Random.Shared.Next(30_000, 32_000)}");
        start.Environment["PEERPROXY_HOME"] = dataFolder;
        return Process.Start(start)!;
    }

    /// <summary>Where the AppHost itself was built to: the copy beside the tests lacks what only the program needs.</summary>
    private static string OwnOutputFolder() => AppContext.BaseDirectory.Replace("PeerProxy.Tests", "PeerProxy.AppHost", StringComparison.Ordinal);

    private static async Task<string> ReadUntilReadyAsync(Process host, CancellationToken cancellation)
    {
        var output = new StringBuilder();
        while (await host.StandardOutput.ReadLineAsync(cancellation) is { } line)
        {
            output.AppendLine(line);
            if (line.Contains(Ready, StringComparison.Ordinal))
            {
                return output.ToString();
            }
        }

        throw new InvalidOperationException($"It ended before it was ready:\n{output}\n{await host.StandardError.ReadToEndAsync(cancellation)}");
    }

    private static bool Listens(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"(?:127\.0\.0\.1|localhost):(\d+)")]
    private static partial Regex Ports();
}
