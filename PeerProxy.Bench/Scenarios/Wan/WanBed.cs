using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using PeerProxy.Bench.Framework;
using PeerProxy.Bench.Peers.LibWebRtc;
using PeerProxy.Tests.Networks;
using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.NetLab;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Bench.Scenarios.Wan;

/// <summary>The whole product on emulated links, one Chromium that visits it, and HTTP over TCP between the same two hosts.</summary>
internal sealed class WanBed : IAsyncDisposable
{
    /// <summary>Where TCP goes: the site's own socket on the agent's host.</summary>
    private const string AgentAddress = "10.77.1.2";

    private const int SitePort = 5090;

    private const string AllowedCongestionControls = "/proc/sys/net/ipv4/tcp_allowed_congestion_control";

    private readonly NetworkSuite _suite;
    private readonly string _uploadFile = Path.GetTempFileName();
    private IBrowserPage? _page;
    private ReverseTunnel? _tunnel;

    private WanBed(NetworkSuite suite) => _suite = suite;

    public NetworkLab Lab => _suite.Lab;

    public bool HasTunnel => _tunnel is not null;

    /// <exception cref="ScenarioUnavailableException">Emulated networks need what this machine lacks.</exception>
    /// <param name="withTunnel">Also a relay host with a reverse tunnel to the site.</param>
    public static async Task<WanBed> StartAsync(bool withTunnel = false)
    {
        if (NetworkSuite.MissingReason() is { } missing)
        {
            throw new ScenarioUnavailableException(missing);
        }

        var suite = await NetworkSuite.StartAsync(
            $"--hosts agent browser server{(withTunnel ? $" {ReverseTunnel.Host} --link {ReverseTunnel.Host} rtt=10 rate=1000" : "")} --link agent rtt=20 rate=100 --link browser wire --link server wire --tcp-mem 67108864",
            startSite: lab => lab.Start("agent", "site", [NetworkLab.FindTool("dotnet")!, "exec", typeof(WanBed).Assembly.Location, WanSite.Name, $"http://*:{SitePort}"]));
        var bed = new WanBed(suite);
        try
        {
            await AllowCongestionControlsAsync();
            bed._tunnel = withTunnel ? await ReverseTunnel.StartAsync(suite.Lab, SitePort) : null;
            bed._page = await suite.NewBarePageAsync();
            return bed;
        }
        catch
        {
            await bed.DisposeAsync();
            throw;
        }
    }

    /// <summary>The relay's own link is passed on the way in and on the way out, so half the round trip on it makes the way twice as long as without a relay.</summary>
    public async Task SetPathAsync(WanPath path, bool isUpload)
    {
        await Lab.RunAsync($"set agent {path.Link(isUpload)}");
        if (_tunnel is not null)
        {
            await Lab.RunAsync(string.Create(CultureInfo.InvariantCulture, $"set {ReverseTunnel.Host} rtt={path.RoundTripMs / 2.0}"));
        }
    }

    /// <summary>Opens the site anew, with a connection that has learnt nothing of the path yet.</summary>
    public async Task VisitAsync()
    {
        if (_page is not null)
        {
            await _page.DisposeAsync();
        }

        _page = await _suite.NewBarePageAsync();
        await _page.GotoAsync(_suite.Link.ToString());
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                if ((await RunAsync("return document.querySelector('h1')?.textContent === 'bench'")).ValueKind == JsonValueKind.True)
                {
                    return;
                }
            }
            catch (BrowserScriptException) when (clock.Elapsed < TimeSpan.FromSeconds(30))
            {
                // The frame is not there yet.
            }

            await Task.Delay(50);
        }
    }

    /// <summary>A tab with an empty profile, for visits to the site through PeerProxy or by its own address.</summary>
    public async Task<SiteTab> NewTabAsync(Route route) =>
        new(await _suite.NewBarePageAsync(), route, route == Route.Direct ? new Uri($"http://{AgentAddress}:5090/") : _suite.Link);

    public Task<JsonElement> RunAsync(string script, object? argument = null) => _page!.RunInFrameAsync(script, argument);

    public async Task<Transfer> DownloadAsync(long bytes, TimeSpan limit)
    {
        var result = await RunAsync(
            """
            const started = performance.now();
            const response = await fetch('/bytes/' + arg.bytes);
            const reader = response.body.getReader();
            let received = 0, first = 0, at = started;
            while (true) {
              const { done, value } = await reader.read();
              if (done) { break; }
              at = performance.now();
              first ||= at - started;
              received += value.byteLength;
              if (at - started > arg.limitMs) { await reader.cancel(); break; }
            }
            return { received, first, took: at - started };
            """,
            new { bytes, limitMs = limit.TotalMilliseconds });
        return new Transfer(
            result.GetProperty("received").GetInt64(),
            TimeSpan.FromMilliseconds(result.GetProperty("took").GetDouble()),
            TimeSpan.FromMilliseconds(result.GetProperty("first").GetDouble()));
    }

    /// <summary>Times of TCP handshakes on the same path, one after the other: a round trip and whatever queue there is, in milliseconds.</summary>
    public async Task<IReadOnlyList<double>> HandshakesAsync(TimeSpan span)
    {
        var times = new List<double>();
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < span;)
        {
            await using var curl = Lab.Start("browser", "curl", ["curl", "-s", "-o", "/dev/null", "-w", "done %{time_connect}\n", $"http://{AgentAddress}:{SitePort}/"]);
            var match = await curl.WaitForAsync(@"^done ([\d.]+)$");
            times.Add(double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) * 1000);
        }

        return times;
    }

    /// <summary>Uploads until the end, or the limit: then what the target has got by then counts.</summary>
    public async Task<Transfer> UploadAsync(long bytes, TimeSpan limit)
    {
        var result = await RunAsync(
            """
            const body = new Blob(Array.from({ length: Math.ceil(arg.bytes / 1048576) }, () => crypto.getRandomValues(new Uint8Array(65536))).flatMap(part => Array(16).fill(part))).slice(0, arg.bytes);
            const key = Math.random();
            const control = new AbortController();
            const started = performance.now();
            const timer = setTimeout(() => control.abort(), arg.limitMs);
            try {
              const response = await fetch('/sink?' + key, { method: 'PUT', body, signal: control.signal });
              const received = Number(await response.text());
              return { received, took: performance.now() - started };
            } catch (error) {
              if (!control.signal.aborted) { throw error; }
              const took = performance.now() - started;
              await new Promise(resolve => setTimeout(resolve, 500));
              return { received: Number(await (await fetch('/sunk')).text()), took };
            } finally {
              clearTimeout(timer);
            }
            """,
            new { bytes, limitMs = limit.TotalMilliseconds });
        var took = TimeSpan.FromMilliseconds(result.GetProperty("took").GetDouble());
        return new Transfer(result.GetProperty("received").GetInt64(), took, took);
    }

    /// <summary>The same download over plain HTTP and TCP.</summary>
    public async Task<Transfer> TcpDownloadAsync(string congestionControl, long bytes, TimeSpan limit)
    {
        await UseAsync("agent", congestionControl);
        return await CurlAsync(limit, $"http://{AgentAddress}:{SitePort}/bytes/{bytes}", "%{size_download}");
    }

    /// <summary>A raw libwebrtc data channel between the same two hosts.</summary>
    public async Task<LibWebRtcPeer> ConnectRawAsync(string artifactsFolder, CancellationToken cancellationToken) =>
        await LibWebRtcPeer.ConnectAsync(
            await _suite.NewBarePageAsync(), server: null, $"http://{AgentAddress}:{SitePort}{WanSite.RawPage}",
            ["ip", "netns", "exec", Lab.NamespaceOf("agent")], artifactsFolder, cancellationToken);

    /// <summary>The same download through the reverse tunnel.</summary>
    public Task<Transfer> TunnelDownloadAsync(long bytes, TimeSpan limit) => CurlAsync(limit, $"{ReverseTunnel.Url}/bytes/{bytes}", "%{size_download}");

    public async Task<Transfer> TcpUploadAsync(string congestionControl, long bytes, TimeSpan limit)
    {
        await UseAsync("browser", congestionControl);
        await using (var file = File.OpenWrite(_uploadFile))
        {
            file.SetLength(bytes);
        }

        return await CurlAsync(limit, $"-T {_uploadFile} http://{AgentAddress}:{SitePort}/sink", "%{size_upload}");
    }

    public async ValueTask DisposeAsync()
    {
        File.Delete(_uploadFile);
        if (_page is not null)
        {
            await _page.DisposeAsync();
        }

        if (_tunnel is not null)
        {
            await _tunnel.DisposeAsync();
        }

        await _suite.DisposeAsync();
    }

    /// <summary>For connections from now on.</summary>
    private Task UseAsync(string host, string congestionControl) => Lab.RunOnAsync(host, $"sysctl -qw net.ipv4.tcp_congestion_control={congestionControl}");

    /// <summary>A namespace may choose only from what the whole machine allows.</summary>
    private static async Task AllowCongestionControlsAsync()
    {
        var allowed = (await File.ReadAllTextAsync(AllowedCongestionControls)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        await File.WriteAllTextAsync(AllowedCongestionControls, string.Join(' ', allowed.Union(["bbr", "cubic"])));
    }

    private async Task<Transfer> CurlAsync(TimeSpan limit, string words, string size)
    {
        // Exit code 28 (time is up) is a result like another.
        var curl = Lab.Start("browser", "curl", [
            "curl", "-s", "-o", "/dev/null", "--max-time", limit.TotalSeconds.ToString(CultureInfo.InvariantCulture), .. words.Split(' '),
            "-w", $"done {size} %{{time_starttransfer}} %{{time_total}}\n"]);
        await using (curl)
        {
            var match = await curl.WaitForAsync(@"^done (\d+) ([\d.]+) ([\d.]+)$");
            return new Transfer(
                long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture),
                TimeSpan.FromSeconds(double.Parse(match.Groups[3].Value, CultureInfo.InvariantCulture)),
                TimeSpan.FromSeconds(double.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture)));
        }
    }
}
