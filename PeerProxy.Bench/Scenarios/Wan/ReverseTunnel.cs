using System.Diagnostics;
using PeerProxy.Tests.TestKit.NetLab;

namespace PeerProxy.Bench.Scenarios.Wan;

/// <summary>The usual way without WebRTC: the site's host keeps an <c>ssh -R</c> to a relay host, where nginx hands visitors' requests into it. All of it TCP CUBIC.</summary>
internal sealed class ReverseTunnel : IAsyncDisposable
{
    /// <summary>The lab's host that the tunnel goes through.</summary>
    public const string Host = "relay";

    private const string Address = "10.77.5.2";
    private const int SshPort = 2222;
    private const int TunnelPort = 9000;
    private const int WebPort = 8080;

    private static readonly string[] _tools = ["sshd", "ssh", "ssh-keygen", "nginx"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("peerproxy-tunnel-");
    private readonly List<LabProcess> _processes = [];

    private ReverseTunnel()
    {
    }

    /// <summary>Where a visitor finds the site.</summary>
    public static string Url => $"http://{Address}:{WebPort}";

    /// <summary>The programs that are not installed, for a remark; empty when the tunnel can be built.</summary>
    public static string Missing => string.Join(", ", _tools.Where(tool => NetworkLab.FindTool(tool) is null));

    /// <param name="lab">With a host of the name <see cref="Host"/>.</param>
    /// <param name="sitePort">Of the site on the host <c>agent</c>.</param>
    public static async Task<ReverseTunnel> StartAsync(NetworkLab lab, int sitePort)
    {
        var tunnel = new ReverseTunnel();
        try
        {
            foreach (var host in new[] { "agent", Host })
            {
                await lab.RunOnAsync(host, "sysctl -qw net.ipv4.tcp_congestion_control=cubic");
            }

            // The daemon insists on this folder for its unprivileged half.
            Directory.CreateDirectory("/run/sshd");
            var hostKey = await tunnel.MakeKeyAsync("host");
            var userKey = await tunnel.MakeKeyAsync("user");
            await tunnel.StartAsync(lab, Host, "sshd", "Server listening", [
                NetworkLab.FindTool("sshd")!, "-D", "-e", "-f", "/dev/null", "-p", $"{SshPort}", "-h", hostKey, "-o", $"AuthorizedKeysFile={userKey}.pub",
                "-o", "StrictModes=no", "-o", "PidFile=none", "-o", "PermitRootLogin=prohibit-password"]);
            await tunnel.StartAsync(lab, "agent", "ssh", "remote forward success", [
                "ssh", "-v", "-N", "-F", "/dev/null", "-p", $"{SshPort}", "-i", userKey, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                "-o", "ExitOnForwardFailure=yes", "-R", $"127.0.0.1:{TunnelPort}:127.0.0.1:{sitePort}", $"root@{Address}"]);
            await tunnel.StartAsync(lab, Host, "nginx", "start worker process ", [NetworkLab.FindTool("nginx")!, "-p", tunnel._folder.FullName, "-c", await tunnel.WriteNginxAsync(), "-e", "stderr"]);
            return tunnel;
        }
        catch
        {
            await tunnel.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        for (var i = _processes.Count - 1; i >= 0; i--)
        {
            await _processes[i].DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    private async Task StartAsync(NetworkLab lab, string host, string name, string ready, string[] command)
    {
        var process = lab.Start(host, name, command);
        _processes.Add(process);
        await process.WaitForAsync(ready);
    }

    private async Task<string> MakeKeyAsync(string name)
    {
        var path = Path.Combine(_folder.FullName, name);
        using var process = Process.Start(new ProcessStartInfo("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", path]) { RedirectStandardOutput = true })!;
        await process.WaitForExitAsync();
        return path;
    }

    private async Task<string> WriteNginxAsync()
    {
        var path = Path.Combine(_folder.FullName, "nginx.conf");
        await File.WriteAllTextAsync(path, $$"""
            daemon off;
            pid {{_folder.FullName}}/nginx.pid;
            error_log stderr notice;
            events { }
            http {
              access_log off;
              client_body_temp_path {{_folder.FullName}}/body;
              proxy_temp_path {{_folder.FullName}}/proxy;
              fastcgi_temp_path {{_folder.FullName}}/fastcgi;
              uwsgi_temp_path {{_folder.FullName}}/uwsgi;
              scgi_temp_path {{_folder.FullName}}/scgi;
              server {
                listen {{WebPort}};
                location / {
                  proxy_pass http://127.0.0.1:{{TunnelPort}};
                  proxy_http_version 1.1;
                  proxy_max_temp_file_size 0;
                }
              }
            }
            """);
        return path;
    }
}
