using System.Diagnostics;

namespace PeerProxy.Tests.TestKit.Apps;

/// <summary>DokuWiki from Debian, served by PHP's own web server: pages rendered on the server, forms, sessions, uploads.</summary>
public static class DokuWiki
{
    public const string User = "ada";
    public const string Password = "secret";

    /// <summary>bcrypt of <see cref="Password"/>.</summary>
    private const string PasswordHash = "$2y$10$Id1d2aSr3cTWgE2HT5HyaeNpq5VG2VZriIVedZZpESvnOYhEaqQJy";

    private const string Settings = """
        <?php
        $conf['title'] = 'Test wiki';
        $conf['license'] = '';
        $conf['useacl'] = 1;
        $conf['superuser'] = '@admin';
        $conf['savedir'] = '{data}';
        $conf['userewrite'] = 0;
        $conf['updatecheck'] = 0;
        """;

    public static async Task<RealApp> StartAsync()
    {
        await AppFolder.InstalledOrSkipAsync();
        return await RealApp.StartAsync((folder, port) =>
        {
            var conf = Prepare(folder);
            return new ProcessStartInfo("php")
            {
                ArgumentList = { "-d", $"auto_prepend_file={Path.Combine(folder, "prepend.php")}", "-S", $"127.0.0.1:{port}", "-t", "/usr/share/dokuwiki" },
                Environment = { ["PHP_CLI_SERVER_WORKERS"] = "4" },
                WorkingDirectory = conf,
            };
        });
    }

    private static string Prepare(string folder)
    {
        var conf = Path.Combine(folder, "conf");
        var data = Path.Combine(folder, "data");
        Directory.CreateDirectory(conf);
        foreach (var file in Directory.EnumerateFiles("/etc/dokuwiki").Where(file => new FileInfo(file).LinkTarget is null))
        {
            File.Copy(file, Path.Combine(conf, Path.GetFileName(file)));
        }

        foreach (var name in new[] { "attic", "cache", "index", "locks", "log", "media", "media_attic", "media_meta", "meta", "pages", "tmp" })
        {
            Directory.CreateDirectory(Path.Combine(data, name));
        }

        File.WriteAllText(Path.Combine(conf, "local.php"), Settings.Replace("{data}", data, StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(conf, "acl.auth.php"), "*\t@ALL\t1\n*\t@user\t8\n");
        File.WriteAllText(Path.Combine(conf, "users.auth.php"), $"{User}:{PasswordHash}:Ada Lovelace:ada@example.org:admin,user\n");
        File.WriteAllText(Path.Combine(data, "pages", "start.txt"), "====== Welcome ======\nThe start page. See [[lab|the lab]].\n");
        // Debian reads its configuration from /etc unless this is defined first.
        File.WriteAllText(Path.Combine(folder, "prepend.php"), $"<?php define('DOKU_MAIN_CONF', '{conf}/'); define('DOKU_CONF', '{conf}/');\n");
        return conf;
    }
}
