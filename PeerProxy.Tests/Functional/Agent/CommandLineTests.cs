using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using PeerProxy.Agent;
using PeerProxy.Agent.Hosting;
using PeerProxy.Tests.Functional.Signaling;
using PeerProxy.Tests.TestKit.Tunnel;

namespace PeerProxy.Tests.Functional.Agent;

/// <summary>The command as people meet it: what it prints, and how it ends.</summary>
[Trait("Category", "Functional")]
public sealed class CommandLineTests : IDisposable
{
    private static readonly TimeSpan Deadline = TunnelPair.Deadline;

    private readonly string _folder = Directory.CreateTempSubdirectory("peerproxy-cli-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("--no-such-option")]
    [InlineData("3000", "--name", "x")]
    [InlineData("99999")]
    [InlineData("http://localhost:3000/path")]
    [InlineData("ftp://localhost")]
    [InlineData("3000", "--server", "mailto:x")]
    [InlineData("3000", "--udp-port", "70000")]
    [InlineData("3000", "--turn", "nonsense")]
    [InlineData]
    public async Task Usage_Wrong_ExitsWith2AndSaysWhy(params string[] args)
    {
        var (code, _, error) = await RunAsync(args);
        Assert.Equal(AgentExitCode.Usage, code);
        Assert.NotEqual("", error);
    }

    [Fact]
    public async Task Help_ListsExamplesAndExitCodes()
    {
        var (code, output, _) = await RunAsync("--help");
        Assert.Equal(AgentExitCode.Ok, code);
        Assert.Contains("peerproxy 3000", output);
        Assert.Contains("--insecure", output);
        Assert.Contains("Exit codes", output);
    }

    [Fact]
    public async Task Version_IsPrinted()
    {
        var (code, output, _) = await RunAsync("--version");
        Assert.Equal(AgentExitCode.Ok, code);
        Assert.Matches(@"^\d+\.\d+\.\d+", output);
    }

    [Fact]
    public async Task Id_ShowsKeyHashAndFolder()
    {
        var (code, output, _) = await RunAsync("id", "--data", _folder);
        Assert.Equal(AgentExitCode.Ok, code);
        Assert.Contains(_folder, output);
        Assert.Matches("[A-Za-z0-9_-]{43}", output);
    }

    [Fact]
    public async Task Target_NothingListens_ExitsWith3()
    {
        var (code, _, error) = await RunAsync(ClosedPort().ToString(), "--data", _folder);
        Assert.Equal(AgentExitCode.TargetRefused, code);
        Assert.Contains("Nothing listens", error);
        Assert.Contains("--wait", error);
    }

    /// <summary>A server with a certificate of its own, on another name than the certificate's.</summary>
    [Fact]
    public async Task Target_SelfSigned_ExitsWith3AndNamesTheOption()
    {
        await using var server = await KestrelTarget.StartAsync(_ => Task.CompletedTask, isHttps: true);
        var (code, _, error) = await RunAsync(server.Address.ToString(), "--data", _folder);
        Assert.Equal(AgentExitCode.TargetRefused, code);
        Assert.Contains("not trusted", error);
        Assert.Contains("not for the name 127.0.0.1", error);
        Assert.Contains($"peerproxy {server.Address.GetLeftPart(UriPartial.Authority)} --insecure", error);
    }

    [Fact]
    public async Task Target_HttpsAtAnHttpServer_ExitsWith3AndSaysSo()
    {
        await using var server = await KestrelTarget.StartAsync(_ => Task.CompletedTask);
        var (code, _, error) = await RunAsync($"https://{server.Address.Authority}", "--data", _folder);
        Assert.Equal(AgentExitCode.TargetRefused, code);
        Assert.Contains("http://", error);
        Assert.DoesNotContain("certificate", error);
    }

    [Fact]
    public async Task Target_SocketFileMissing_ExitsWith3()
    {
        var path = Path.Combine(_folder, "no.sock");
        var (code, _, error) = await RunAsync("unix:" + path, "--data", _folder);
        Assert.Equal(AgentExitCode.TargetRefused, code);
        Assert.Contains(path, error);
        Assert.Contains("--wait", error);
    }

    [Fact]
    public void Target_Dies_IsToldOnceAndItsReturnToo()
    {
        var output = new StringWriter();
        var presenter = new PeerProxy.Agent.Cli.TextPresenter(output, TextWriter.Null);
        presenter.Status(new AgentStatus(true, 1, 1, null));
        presenter.Status(new AgentStatus(true, 1, 2, "Nothing listens on http://localhost:3000."));
        presenter.Status(new AgentStatus(true, 1, 3, "Nothing listens on http://localhost:3000."));
        presenter.Status(new AgentStatus(true, 1, 4, null));
        presenter.Status(new AgentStatus(false, 1, 4, null));
        presenter.Status(new AgentStatus(true, 1, 4, null));
        var lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Collection(
            lines,
            line => Assert.Contains("Nothing listens", line),
            line => Assert.Contains("answers again", line),
            line => Assert.Contains("lost", line),
            line => Assert.Contains("again", line));
    }

    [Fact]
    public async Task Name_TakenByAnotherKey_ExitsWith4()
    {
        await using var node = await TestNode.StartAsync();
        using var other = PeerProxy.Protocol.Identity.AgentKey.Create();
        var (owner, _) = await TestSocket.RegisterAsync(node.Url, other, "occupied");
        await using var kept = owner;
        await using var target = new RawTarget(connection => connection.ReadToEndAsync());
        var (code, _, error) = await RunAsync(target.Address, "--name", "occupied", "--server", node.Url.ToString(), "--data", _folder);
        Assert.Equal(AgentExitCode.NameRefused, code);
        Assert.Contains("taken", error);
    }

    [Fact]
    public async Task Server_Unreachable_ExitsWith5()
    {
        await using var target = new RawTarget(connection => connection.ReadToEndAsync());
        var (code, _, error) = await RunAsync(target.Address, "--server", $"http://127.0.0.1:{ClosedPort()}", "--data", _folder);
        Assert.Equal(AgentExitCode.ServerUnreachable, code);
        Assert.Contains("--server", error);
    }

    [Fact]
    public async Task DataFolder_Unusable_ExitsWith6()
    {
        var file = Path.Combine(_folder, "file");
        await File.WriteAllTextAsync(file, "");
        await using var target = new RawTarget(connection => connection.ReadToEndAsync());
        var (code, _, error) = await RunAsync(target.Address, "--data", Path.Combine(file, "below"));
        Assert.Equal(AgentExitCode.DataFolder, code);
        Assert.NotEqual("", error);
    }

    [Fact]
    public async Task Share_PrintsLinkAndStopsOnRequest()
    {
        await using var node = await TestNode.StartAsync();
        await using var target = new RawTarget(connection => connection.ReadToEndAsync());
        using var stop = new CancellationTokenSource();
        var output = new SignalWriter("\"event\":\"ready\"");
        var running = AgentApp.RunAsync([target.Address, "--json", "--server", node.Url.ToString(), "--data", _folder], output, TextWriter.Null, stop.Token);
        await Task.WhenAny(output.Seen, running).WaitAsync(Deadline);
        await stop.CancelAsync();
        Assert.Equal(0, await running.WaitAsync(Deadline));
        var lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Contains("#k=", lines[0]["link"]!.GetValue<string>());
        Assert.Equal("stopped", lines[^1]["event"]!.GetValue<string>());
    }

    private static async Task<(AgentExitCode Code, string Output, string Error)> RunAsync(params string[] args)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        var code = await AgentApp.RunAsync(args, output, error, CancellationToken.None).WaitAsync(Deadline);
        return ((AgentExitCode)code, output.ToString(), error.ToString());
    }

    private static int ClosedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>A writer that says when a text was written.</summary>
    private sealed class SignalWriter(string text) : StringWriter
    {
        private readonly TaskCompletionSource _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Seen => _seen.Task;

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value?.Contains(text, StringComparison.Ordinal) == true)
            {
                _seen.TrySetResult();
            }
        }
    }
}
