using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.WebClient.Hosting;

namespace PeerProxy.Tests.EndToEnd.Client;

/// <summary>
/// Every screen of ours on a phone and on a desktop, light and dark: nothing is clipped. With <c>PEERPROXY_SCREENS=FOLDER</c> each is also
/// written there as a PNG, which is how the pictures in <c>docs/images/screens</c> are made.
/// </summary>
[Trait("Category", "EndToEnd")]
[Collection(ClientCollection.Name)]
public sealed partial class ScreenTests(ClientBrowsers browsers)
{
    private const string KeyHash = "q7Zr0YpLw3xkJd5nVb2mTe9sHc4fGa1uXo6iKy8RvQE";

    private static readonly (string Name, int Width, int Height)[] _sizes = [("phone", 360, 740), ("desktop", 1100, 700)];

    /// <summary>Name and script; the script knows <c>screen</c>, <c>badge</c>, <c>problems</c> and <c>site()</c>, which puts a page into the frame.</summary>
    private static readonly (string Name, string Script)[] _shellScreens =
    [
        ("connecting", "screen.showConnecting('3fdw')"),
        ("connecting-slow", "screen.showConnecting('3fdw')"),
        ("loading", "document.getElementById('screen').hidden = false; screen.showLoading()"),
        ("agent-offline", "screen.showProblem(problems.problemOfSignaling('peer-offline', '', '3fdw'), performance.now() + 7600, false)"),
        ("unknown-name", "screen.showProblem(problems.problemOfSignaling('unknown-peer', '', '3fdw'), performance.now() + 3600, false)"),
        ("bad-name", "screen.showProblem(problems.problemOfSignaling('name-invalid', '', 'ab'), undefined, false)"),
        ("busy", "screen.showProblem(problems.problemOfSignaling('busy', 'visitor limit reached', '3fdw'), performance.now() + 3600, false)"),
        ("version", "screen.showProblem(problems.problemOfSignaling('version', 'this node speaks version 1', '3fdw'), undefined, false)"),
        ("unreachable", "screen.showProblem(problems.unreachable, performance.now() + 3600, false)"),
        ("offline", "screen.showProblem(problems.offline, performance.now() + 3600, false)"),
        ("no-path", "screen.showProblem(problems.noPath, performance.now() + 3600, false)"),
        ("connection-lost", "screen.showProblem(problems.lost, performance.now() + 3600, false)"),
        ("refused-link", $"screen.showProblem(problems.keyMismatch('{KeyHash}', 'A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8S9t0U1v', true, 'The key is another.'), undefined, false)"),
        ("refused-pinned", $"screen.showProblem(problems.keyMismatch('{KeyHash}', 'A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8S9t0U1v', false, 'The key is another.'), undefined, true); document.getElementById('screen-details').open = true"),
        ("browser-too-old", "screen.showProblem(problems.browserTooOld(['service workers', 'Web Locks']), undefined, false)"),
        ("not-loaded", "document.getElementById('not-loaded-next').textContent = 'You do not have to do anything: we keep trying.'; document.getElementById('not-loaded').hidden = false"),
        ("no-service-worker", "screen.showProblem(problems.noWorker, undefined, false)"),
        ("notice-interrupted", "site(); screen.showNotice('The connection is interrupted. Looking for another way…', undefined)"),
        ("notice-reconnecting", "site(); screen.showNotice(problems.lost.title + '. Connecting again…', performance.now() + 3600)"),
        ("badge-direct", $"site(); badge.show('direct', 'link', '{KeyHash}', 12)"),
        ("badge-relayed", $"site(); badge.show('relayed', 'pinned', '{KeyHash}', 48)"),
        ("badge-quiet", $"site(); badge.show('direct', 'link', '{KeyHash}', 12); document.getElementById('badge').classList.remove('fresh')"),
        ("badge-verified", $"site(); badge.show('direct', 'link', '{KeyHash}', 12); document.getElementById('badge').open = true"),
        ("badge-first-visit", $"site(); badge.show('relayed', 'first', '{KeyHash}', 48); document.getElementById('badge').open = true"),
    ];

    private static readonly string[] _errorPages =
    [
        "target-refused", "target-timeout", "target-tls", "target-unresolved", "target-protocol", "request-too-large", "agent-busy", "connection-lost", "no-shell", "encoding", "internal",
    ];

    [Fact]
    public async Task Screens_InEverySizeAndScheme_AreWhole()
    {
        await using var stage = await ClientStage.StartAsync(browsers, BrowserInstallation.Chromium);
        var folder = Environment.GetEnvironmentVariable("PEERPROXY_SCREENS");
        var faults = new List<string>();
        var client = new ClientFiles(Path.Combine(AppContext.BaseDirectory, "client"));
        // Without a folder to fill, the narrowest tells all there is to know.
        foreach (var (size, width, height) in folder is null ? _sizes[..1] : _sizes)
        {
            foreach (var scheme in (ColorScheme[])(folder is null ? [ColorScheme.Light] : [ColorScheme.Light, ColorScheme.Dark]))
            {
                var tab = (ChromiumPage)await stage.NewPageAsync();
                var page = tab.Page;
                await page.SetViewportSizeAsync(width, height);
                await page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
                // The shell's document without its program: the test shows its screens.
                await page.RouteAsync(stage.Url("3fdw", "/"), route => route.FulfillAsync(new RouteFulfillOptions
                {
                    ContentType = "text/html; charset=utf-8",
                    Body = ProgramOfTheShell().Replace(Encoding.UTF8.GetString(client.Find(ClientFiles.ShellPath)!.Content), ""),
                    Headers = new Dictionary<string, string> { ["Content-Security-Policy"] = $"style-src 'self'{client.ShellInlineStyles}" },
                }));
                await page.RouteAsync("**/sample-site", route => route.FulfillAsync(new RouteFulfillOptions { ContentType = "text/html", Body = SamplePage }));
                await page.Clock.InstallAsync();
                await page.GotoAsync(stage.Url("3fdw", "/"));
                await tab.RunAsync("""
                    const { Screen } = await import('/.peerproxy/shell/screen.js');
                    const { Badge } = await import('/.peerproxy/shell/badge.js');
                    const problems = await import('/.peerproxy/shell/problem.js');
                    const { errorPage } = await import('/.peerproxy/service-worker/error-page.js');
                    const frame = document.getElementById('site');
                    const site = () => frame.classList.add('shown');
                    await new Promise(resolve => { frame.onload = resolve; frame.src = '/sample-site'; });
                    window.parts = { screen: new Screen({ retry() {}, trustNewKey() {} }), badge: new Badge(), problems, errorPage, site, frame };
                    """);
                foreach (var (name, script) in _shellScreens)
                {
                    await tab.RunAsync($$"""
                        const { screen, badge, problems, site, frame } = window.parts;
                        screen.hide();
                        document.getElementById('not-loaded').hidden = true;
                        badge.hide();
                        frame.classList.remove('shown');
                        document.getElementById('screen-details').open = false;
                        {{script}};
                        document.getElementById('screen').scrollTop = 0;
                        """);
                    if (name.StartsWith("connecting", StringComparison.Ordinal))
                    {
                        await page.Clock.FastForwardAsync(name == "connecting" ? 500 : 7_000);
                    }

                    await CheckAsync(name);
                }

                var pages = await tab.RunAsync("return await Promise.all(arg.map(kind => window.parts.errorPage({ kind, url: location.href }).text()))", _errorPages);
                foreach (var (kind, html) in _errorPages.Zip(pages.EnumerateArray()))
                {
                    await page.SetContentAsync(html.GetString()!);
                    await CheckAsync($"page-{kind}");
                }

                async Task CheckAsync(string name)
                {
                    var full = $"{name}-{size}-{scheme.ToString().ToLowerInvariant()}";
                    var clipped = await tab.RunAsync("""
                        const out = [...document.querySelectorAll('h1, p, button, summary, .about, .notice, .badge .word')].filter(element => {
                          const box = element.getBoundingClientRect();
                          return box.width > 0 && (box.left < 0 || box.right > innerWidth + 0.5 || element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== 'inline');
                        });
                        return [...out.map(element => element.id || element.className || element.tagName), ...(document.scrollingElement.scrollWidth > innerWidth ? ['page is too wide'] : [])];
                        """);
                    faults.AddRange(clipped.EnumerateArray().Select(element => $"{full}: {element}"));
                    if (folder is not null)
                    {
                        Directory.CreateDirectory(folder);
                        await File.WriteAllBytesAsync(Path.Combine(folder, $"{full}.png"), await tab.ScreenshotAsync());
                    }
                }
            }
        }

        Assert.Empty(faults);
    }

    private const string SamplePage = """
        <!doctype html><meta name=color-scheme content="light dark"><style>
        body { font: 16px/1.5 Georgia, serif; margin: 0 auto; max-width: 40rem; padding: 2rem 1.25rem; }
        h1 { font-size: 1.6rem; } img { display: block; width: 100%; height: 9rem; background: #9ab8ad; border-radius: 4px; }
        </style><h1>Tide tables</h1><p>High water today at 06:12 and 18:40. The harbour office is open until five; the slipway is closed for repairs until Thursday.</p>
        <img alt=""><p>Visitors find berths along the north pier. Please announce boats above twelve metres on channel 9 before you enter.</p>
        """;

    [GeneratedRegex("""<script type="module">.*?</script>""", RegexOptions.Singleline)]
    private static partial Regex ProgramOfTheShell();
}
