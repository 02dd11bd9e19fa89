using System.Diagnostics;
using System.Text.Json;
using PeerProxy.Bench.Stack;
using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.NetLab;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Bench.Peers.LibWebRtc;

/// <summary>A raw libwebrtc data channel into a browser page: what a data channel can do without HTTP, service worker or tunnel.</summary>
public sealed class LibWebRtcPeer : IAsyncDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly PageServer? _server;
    private readonly IBrowserPage _page;

    private LibWebRtcPeer(Process process, PageServer? server, IBrowserPage page)
    {
        _process = process;
        _server = server;
        _page = page;
        Meter = new ProcessMeter(process.Id);
    }

    /// <summary>The browser's half.</summary>
    public static string PagePath => Path.Combine(AppContext.BaseDirectory, "Peers", "LibWebRtc", "page.html");

    /// <summary>Of the process that sends and receives at the other end.</summary>
    public ProcessMeter Meter { get; }

    /// <summary>Opens a page with a data channel to a new process.</summary>
    public static async Task<LibWebRtcPeer> ConnectAsync(IBrowser browser, string artifactsFolder, CancellationToken cancellationToken)
    {
        var server = await PageServer.StartAsync(await File.ReadAllTextAsync(PagePath, cancellationToken));
        return await ConnectAsync(await browser.NewMeasuredPageAsync(), server, server.Url, [], artifactsFolder, cancellationToken);
    }

    /// <param name="page">The browser's end; goes with the peer.</param>
    /// <param name="server">That goes with the peer too.</param>
    /// <param name="url">Of a server that has the page of <see cref="PagePath"/>.</param>
    /// <param name="prefix">Of the command that starts the other end, such as one that runs it on another host.</param>
    public static async Task<LibWebRtcPeer> ConnectAsync(
        IBrowserPage page, PageServer? server, string url, IReadOnlyList<string> prefix, string artifactsFolder, CancellationToken cancellationToken)
    {
        var installed = await NpmPackage.LibWebRtc.EnsureAsync(artifactsFolder, cancellationToken);
        string[] command = [.. prefix, NetworkLab.FindTool("node") ?? "node", Path.Combine(Path.GetDirectoryName(PagePath)!, "peer.cjs")];
        var process = Process.Start(new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { ["WRTC_FOLDER"] = installed },
        })!;
        var peer = new LibWebRtcPeer(process, server, page);
        try
        {
            await peer._page.GotoAsync(url);
            var offer = await peer._page.RunAsync("return await offer()").WaitAsync(_limit, cancellationToken);
            await process.StandardInput.WriteLineAsync(offer.GetRawText());
            await process.StandardInput.FlushAsync(cancellationToken);
            var answer = await process.StandardOutput.ReadLineAsync(cancellationToken).AsTask().WaitAsync(_limit, cancellationToken);
            await peer._page.RunAsync("await answer(arg)", JsonSerializer.Deserialize<JsonElement>(answer!)).WaitAsync(_limit, cancellationToken);
            return peer;
        }
        catch
        {
            await peer.DisposeAsync();
            throw;
        }
    }

    /// <returns>Milliseconds from the request to the last byte.</returns>
    public Task<double> DownloadAsync(long bytes) => RunAsync("return (await download(arg)).ms", bytes);

    /// <returns>Milliseconds from the first byte to the other end's word that it has all.</returns>
    public Task<double> UploadAsync(long bytes) => RunAsync("return (await upload(arg)).ms", bytes);

    public async ValueTask DisposeAsync()
    {
        await _page.DisposeAsync();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private async Task<double> RunAsync(string script, long bytes) => (await _page.RunAsync(script, bytes).WaitAsync(SiteTab.ScriptLimit)).GetDouble();
}
