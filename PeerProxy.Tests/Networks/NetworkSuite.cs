using System.Net;
using System.Text.Json;
using PeerProxy.Tests.TestKit.Browsers;
using PeerProxy.Tests.TestKit.NetLab;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Tests.Networks;

/// <summary>
/// The whole product on an emulated internet, each part a process of its own: signaling node, edge (HTTPS on port 443) and coturn (UDP and TCP on
/// 3478; TLS on port 443 of the second address) on the server's host, the demo site with its agent on the agent's, the browser on the browser's.
/// </summary>
public sealed partial class NetworkSuite : IAsyncDisposable
{
    private const string Domain = "server.lab";
    private const string FirstAddress = "10.77.3.2";
    private const string SecondAddress = "10.77.3.3";
    private const string Ipv6Address = "fd77:0:0:3::2";
    private const string TurnSecret = "secret of one test run";

    /// <summary>Where the agent's target listens.</summary>
    public const string SiteUrl = "http://127.0.0.1:5090";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("peerproxy-networks-");
    private readonly List<LabProcess> _processes = [];
    private IBrowser? _browser;

    private NetworkSuite(NetworkLab lab) => Lab = lab;

    public NetworkLab Lab { get; }

    public LabProcess Agent { get; private set; } = null!;

    /// <summary>The agent's link.</summary>
    public Uri Link { get; private set; } = null!;

    /// <summary>Why the suite cannot run here; null when it can.</summary>
    public static string? MissingReason() =>
        NetworkLab.MissingReason() ?? (BrowserInstallation.FindLightChromium() is null ? "chromium is not installed on this machine." : null);

    /// <summary>Builds the lab and starts everything but the browser.</summary>
    /// <param name="statements">Of <c>netlab up</c>.</param>
    /// <param name="prepareAsync">Last changes to the hosts before anything runs on them.</param>
    /// <param name="startSite">Starts another site than the sample on <see cref="SiteUrl"/>, on the host <c>agent</c>.</param>
    public static async Task<NetworkSuite> StartAsync(string statements, Func<NetworkLab, Task>? prepareAsync = null, Func<NetworkLab, LabProcess>? startSite = null)
    {
        var suite = new NetworkSuite(await NetworkLab.StartAsync(statements));
        try
        {
            if (prepareAsync is not null)
            {
                await prepareAsync(suite.Lab);
            }

            await suite.StartPartsAsync(statements.Contains("--ipv6", StringComparison.Ordinal), startSite);
            return suite;
        }
        catch
        {
            await suite.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the agent, or starts it anew with the same key and name.</summary>
    public async Task StartAgentAsync()
    {
        if (Agent is not null)
        {
            await Agent.DisposeAsync();
        }

        Agent = Lab.Start(
            "agent",
            "agent",
            [.. OwnProgram.Command("peerproxy"), SiteUrl, "--server", $"https://{Domain}", "--name", "tideline", "--data", Path.Combine(_folder.FullName, "agent"), "--json", "--verbose", "--wait"],
            new Dictionary<string, string> { ["SSL_CERT_FILE"] = CertificatePath });
        var ready = await Agent.WaitForAsync("""^\{"event":"ready".*\}$""");
        Link = new Uri(JsonDocument.Parse(ready.Value).RootElement.GetProperty("link").GetString()!);
    }

    /// <summary>A tab with an empty profile, in the one browser of the lab (started when first asked for).</summary>
    public async Task<IBrowserPage> NewPageAsync(string browser = BrowserInstallation.Chromium)
    {
        if (_browser is not null && _browser.Name != browser)
        {
            await _browser.DisposeAsync();
            _browser = null;
        }

        _browser ??= browser == BrowserInstallation.Chromium
            ? await StartChromiumAsync()
            : throw new ArgumentException($"No {browser} in the lab.", nameof(browser));
        return await _browser.NewPageAsync();
    }

    /// <summary>A tab of Chromium with an empty profile that nobody inspects, for measurements.</summary>
    public async Task<IBrowserPage> NewBarePageAsync()
    {
        _browser ??= await StartChromiumAsync();
        return await ((ChromiumBrowser)_browser).NewBarePageAsync();
    }

    /// <summary>What all parts printed, for failure messages.</summary>
    public string Describe() => string.Join('\n', _processes.Append(Agent).Select(process => $"--- {process?.Name}\n{Tail(process?.Log ?? "")}"));

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        foreach (var process in _processes.Append(Agent).OfType<LabProcess>())
        {
            await process.DisposeAsync();
        }

        await Lab.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private async Task<ChromiumBrowser> StartChromiumAsync() =>
        await ChromiumBrowser.StartAsync(await WrapperAsync(BrowserInstallation.FindLightChromium()!), "--ignore-certificate-errors");

    private string CertificatePath => Path.Combine(_folder.FullName, "cert.pem");

    private string KeyPath => Path.Combine(_folder.FullName, "key.pem");

    private static string Tail(string log) => log.Length <= 6000 ? log : "..." + log[^6000..];

    private async Task StartPartsAsync(bool hasIpv6, Func<NetworkLab, LabProcess>? startSite)
    {
        LabCertificate.Write(_folder.FullName, Domain, IPAddress.Parse(FirstAddress), IPAddress.Parse(SecondAddress));
        Start("coturn", Coturn("plain", FirstAddress, "--listening-port=3478", "--no-tls", "--no-dtls").Concat(hasIpv6 ? [$"--listening-ip={Ipv6Address}"] : []));
        Start("coturn over TLS", Coturn("tls", SecondAddress, "--listening-port=3478", "--tls-listening-port=443", "--no-dtls", $"--cert={CertificatePath}", $"--pkey={KeyPath}"));
        var node = Start("signaling", [
            .. OwnProgram.Command("PeerProxy.Signaling"), "--urls", "http://127.0.0.1:7000", "--Signaling:PublicUrl", $"https://{{id}}.{Domain}", "--Signaling:TrustedProxies", "127.0.0.1",
            "--Turn:Secret", TurnSecret, "--Turn:StunUris:0", $"stun:{Domain}:3478",
            "--Turn:Uris:0", $"turn:{Domain}:3478?transport=udp", "--Turn:Uris:1", $"turn:{Domain}:3478?transport=tcp",
            "--Turn:Uris:2", $"turns:{SecondAddress}:443?transport=tcp"]);
        var site = startSite is null ? Lab.Start("agent", "site", [.. OwnProgram.Command("PeerProxy.SampleSite"), "--urls", SiteUrl]) : startSite(Lab);
        _processes.Add(site);
        await node.WaitForAsync("Now listening on");
        var edge = Start("edge", [
            .. OwnProgram.Command("PeerProxy.WebClient"), "--urls", $"https://{FirstAddress}:443" + (hasIpv6 ? $";https://[{Ipv6Address}]:443" : ""), "--Edge:Domain", Domain,
            "--Signaling:Nodes", "http://127.0.0.1:7000", "--Kestrel:Certificates:Default:Path", CertificatePath, "--Kestrel:Certificates:Default:KeyPath", KeyPath]);
        await edge.WaitForAsync("Now listening on");
        await StartAgentAsync();
    }

    private LabProcess Start(string name, IEnumerable<string> command)
    {
        var process = Lab.Start("server", name, command);
        _processes.Add(process);
        return process;
    }

    private IEnumerable<string> Coturn(string name, string address, params string[] more) =>
    [
        "turnserver", "-n", "--use-auth-secret", $"--static-auth-secret={TurnSecret}", $"--realm={Domain}", $"--listening-ip={address}", $"--relay-ip={address}",
        "--no-cli", "--log-file=stdout", "--simple-log", $"--pidfile={_folder.FullName}/{name}.pid", $"--userdb={_folder.FullName}/{name}.db", .. more,
    ];

    private async Task<string> WrapperAsync(string program)
    {
        var wrapper = Path.Combine(_folder.FullName, Path.GetFileName(program));
        await File.WriteAllTextAsync(wrapper, $"#!/bin/sh\nexec ip netns exec {Lab.NamespaceOf("browser")} {program} \"$@\"\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(wrapper, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return wrapper;
    }
}
