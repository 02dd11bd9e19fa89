using System.Net;
using System.Net.Sockets;
using PeerProxy.AppHost.Embedded;
using Spectre.Console;

namespace PeerProxy.Tests.Functional.AppHost;

/// <summary>The embedded suite in this process: everything starts, the agent is reachable by name, everything stops.</summary>
[Trait("Category", "Functional")]
public sealed class EmbeddedSuiteTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("suite-").FullName;
    private readonly StringWriter _output = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Suite_ServesTheShell_RegistersTheAgent_AndStops()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        int port;
        await using (var suite = await StartAsync(new EmbeddedOptions { Name = "suite-test" }, deadline.Token))
        {
            port = suite.EdgeUrl.Port;
            Assert.Equal("suite-test.localhost", suite.Link!.Host);
            Assert.StartsWith("#k=", suite.Link.Fragment);
            using var http = new HttpClient();
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://127.0.0.1:{port}/deep/link"));
            request.Headers.Host = $"suite-test.localhost:{port}";
            request.Headers.Add("Sec-Fetch-Dest", "document");
            using var shell = await http.SendAsync(request, deadline.Token);
            Assert.Equal(HttpStatusCode.OK, shell.StatusCode);
            Assert.Contains("/.peerproxy/shell/", await shell.Content.ReadAsStringAsync(deadline.Token));
        }

        Assert.False(Listens(port));
        foreach (var part in (string[])["registry", "signaling", "edge", "sample site", "agent"])
        {
            Assert.Contains(part, _output.ToString());
        }
    }

    [Fact]
    public async Task Suite_WhosePortIsTaken_TakesTheNextOne_AndSaysSo()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        using var occupant = new TcpListener(IPAddress.Loopback, 0);
        occupant.Start();
        var taken = ((IPEndPoint)occupant.LocalEndpoint).Port;

        await using var suite = await StartAsync(new EmbeddedOptions { Port = taken, NoSample = true, NoTurn = true }, deadline.Token);

        Assert.True(suite.EdgeUrl.Port > taken);
        Assert.Null(suite.Link);
        Assert.Contains($"port {taken} is taken", _output.ToString());
    }

    [Fact]
    public async Task Suite_WhoseTargetDoesNotAnswer_SaysSo_AndLeavesNothingRunning()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        Assert.True(PeerProxy.Agent.Forwarding.TargetAddress.TryParse("http://127.0.0.1:1", out var nobody, out _));

        var failure = await Assert.ThrowsAsync<SuiteStartException>(
            () => StartAsync(new EmbeddedOptions { Target = nobody, NoTurn = true }, deadline.Token));

        Assert.Contains("127.0.0.1:1", failure.Message);
    }

    private Task<EmbeddedSuite> StartAsync(EmbeddedOptions options, CancellationToken cancellation)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(_output) });
        console.Profile.Width = 200;
        var port = options.Port == EmbeddedOptions.DefaultPort ? Random.Shared.Next(20_000, 30_000) : options.Port;
        return EmbeddedSuite.StartAsync(options with { DataFolder = _folder, Port = port }, new StartupReport(console), cancellation);
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
}
