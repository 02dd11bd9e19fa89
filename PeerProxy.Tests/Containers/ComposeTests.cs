using System.Text.RegularExpressions;
using PeerProxy.Tests.Architecture;
using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.Containers;
using PeerProxy.Tests.TestKit.NetLab;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Tests.Containers;

/// <summary>One command brings the whole suite up in containers, and a browser opens the link that its agent prints.</summary>
/// <remarks>
/// The images hold what was published outside (OUTPUT=published), since build containers need not reach a package source; all else is what people run.
/// </remarks>
[Collection(ContainerCollection.Name)]
[Trait("Category", "Containers")]
public sealed partial class ComposeTests(ContainerFixture containers)
{
    /// <summary>Starting seven containers at once on two busy cores.</summary>
    private static readonly TimeSpan _linkLimit = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task ComposeUp_BrowserOpensTheAgentsLink_ShowsTheDemoSite()
    {
        var compose = NetworkLab.FindTool("docker-compose");
        Assert.SkipUnless(compose is not null, "docker-compose is not installed on this machine.");
        await containers.UseDockerAsync();
        // Below the ports that the system gives to others.
        var port = 20_000 + (Random.Shared.Next(900) * 10);
        var environment = new Dictionary<string, string>
        {
            ["REDIS_IMAGE"] = await TestImages.RedisAsync(),
            ["COTURN_IMAGE"] = await TestImages.CoturnAsync(),
            ["RUNTIME_IMAGE"] = await TestImages.RuntimeAsync(),
            ["OUTPUT"] = "published",
            ["EDGE_PORT"] = $"{port}",
            ["TURN_PORT"] = $"{port + 1}",
            ["TURN_MIN_PORT"] = $"{port + 2}",
            ["TURN_MAX_PORT"] = $"{port + 5}",
            // Stages that are not asked for are not built; Debian's compose leaves that to Debian's docker, whatever else the PATH has.
            ["DOCKER_BUILDKIT"] = "1",
            ["COMPOSE_DOCKER_CLI_BUILD"] = "1",
            ["PATH"] = $"{Path.GetDirectoryName(compose)}{Path.PathSeparator}{Environment.GetEnvironmentVariable("PATH")}",
        };
        await DockerCommand.RunProgramAsync(
            Path.Combine(Repository.Root, "deploy", "publish.sh"), [], new Dictionary<string, string> { ["PUBLISH_OPTIONS"] = $"-c {Configuration()} --no-build" });
        var project = $"peerproxytest{port}";
        Task<string> ComposeAsync(params string[] arguments) => DockerCommand.RunProgramAsync(compose!, ["-p", project, .. arguments], environment, Repository.Root);
        try
        {
            await ComposeAsync("up", "-d", "--build", "--no-color");
            var link = await ReadLinkAsync(() => ComposeAsync("logs", "--no-color", "agent"));

            await using var browser = await BrowserInstallation.StartOrSkipAsync(BrowserInstallation.Chromium);
            await using var tab = new SiteTab(await browser.NewPageAsync(), Route.Proxied, link);
            await tab.OpenAsync("/");
            await tab.WaitForAsync("return document.querySelector('h1')?.textContent.startsWith('A small site') ?? false");
        }
        catch (Exception e) when (e is not Xunit.Sdk.XunitException)
        {
            Assert.Fail($"{e}\n{await ComposeAsync("logs", "--no-color", "--tail", "40")}");
        }
        finally
        {
            await ComposeAsync("down", "--volumes", "--timeout", "1");
        }
    }

    private static async Task<Uri> ReadLinkAsync(Func<Task<string>> readLogAsync)
    {
        using var deadline = new CancellationTokenSource(_linkLimit);
        while (true)
        {
            var log = await readLogAsync();
            if (Link().Match(log) is { Success: true } match)
            {
                return new Uri(match.Value);
            }

            Assert.False(deadline.IsCancellationRequested, "The agent printed no link:\n" + log);
            await Task.Delay(200, CancellationToken.None);
        }
    }

    /// <summary>Debug or Release, as these tests were built.</summary>
    private static string Configuration() => new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    [GeneratedRegex(@"http://demo\.localhost:\d+/\S*#k=[\w-]+")]
    private static partial Regex Link();
}
