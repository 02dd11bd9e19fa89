using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Tests.EndToEnd.AppHost;

/// <summary>One command, one link: browsers open what the host prints and see the sample site; Ctrl-C leaves no process behind.</summary>
[Trait("Category", "EndToEnd")]
public sealed partial class AppHostBrowserTests
{
    /// <summary>What the product promises between the start of the built program and its link.</summary>
    private static readonly TimeSpan _linkPromise = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task PrintedLink_InChromiumAndFirefox_ShowsTheSampleSite()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "POSIX signals.");
        var folder = Directory.CreateTempSubdirectory("apphost-");
        try
        {
            var (link, elapsed) = await RunOnceAsync(folder.FullName, ShowInBrowsersAsync);
            Assert.True(elapsed <= _linkPromise, $"The link {link} came after {elapsed.TotalSeconds:0.0} s.");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Starts the host, hands over the link, sends SIGINT, and checks that neither it nor a child of it is left.</summary>
    private static async Task<(Uri Link, TimeSpan Elapsed)> RunOnceAsync(string dataFolder, Func<Uri, Task> visit)
    {
        var clock = Stopwatch.StartNew();
        var start = ForegroundProcess.Dotnet(Path.Combine(HostFolder(), "PeerProxy.AppHost.dll"), "--port", $"{RedisProcess.FreePort()}");
        start.Environment["PEERPROXY_HOME"] = dataFolder;
        using var host = Process.Start(start)!;
        try
        {
            var link = await ReadLinkAsync(host);
            var elapsed = clock.Elapsed;
            await visit(link);
            var children = ChildrenOf(host.Id);

            using (var interrupt = Process.Start("kill", ["-INT", $"{host.Id}"]))
            {
                await interrupt.WaitForExitAsync();
            }

            await host.WaitForExitAsync().WaitAsync(_patience);
            Assert.Equal(0, host.ExitCode);
            Assert.DoesNotContain(children, child => Directory.Exists($"/proc/{child}"));
            return (link, elapsed);
        }
        finally
        {
            if (!host.HasExited)
            {
                host.Kill(entireProcessTree: true);
            }
        }
    }

    private static async Task ShowInBrowsersAsync(Uri link)
    {
        foreach (var name in new[] { BrowserInstallation.Chromium, BrowserInstallation.Firefox })
        {
            await using var browser = await BrowserInstallation.StartOrSkipAsync(name);
            await using var tab = new SiteTab(await browser.NewPageAsync(), Route.Proxied, link);
            await tab.OpenAsync("/");
            await tab.WaitForAsync("return document.querySelector('h1') !== null && document.title.length > 0 && document.body.innerText.length > 100");
            await tab.WaitForTabAsync("return document.title.length > 0 && document.elementFromPoint(innerWidth / 2, innerHeight / 2)?.tagName === 'IFRAME'");
        }
    }

    private static async Task<Uri> ReadLinkAsync(Process host)
    {
        using var deadline = new CancellationTokenSource(_patience);
        var output = new StringBuilder();
        while (await host.StandardOutput.ReadLineAsync(deadline.Token) is { } line)
        {
            output.AppendLine(line);
            if (Link().Match(line) is { Success: true } match)
            {
                return new Uri(match.Value);
            }
        }

        throw new InvalidOperationException($"It ended without a link:\n{output}\n{await host.StandardError.ReadToEndAsync(deadline.Token)}");
    }

    private static List<int> ChildrenOf(int parent) =>
    [
        .. Process.GetProcesses()
            .Select(process => process.Id)
            .Where(id => ParentOf(id) == parent),
    ];

    private static int? ParentOf(int process)
    {
        try
        {
            // "pid (name) state parent ...": the name may hold anything, the last parenthesis ends it.
            var fields = File.ReadAllText($"/proc/{process}/stat").Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return int.Parse(fields[1], System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            // It ended meanwhile.
            return null;
        }
    }

    private static string HostFolder() => AppContext.BaseDirectory.Replace("PeerProxy.Tests", "PeerProxy.AppHost", StringComparison.Ordinal);

    [GeneratedRegex(@"http://[a-z0-9-]+\.localhost:\d+/\S*#k=[\w-]+")]
    private static partial Regex Link();
}
