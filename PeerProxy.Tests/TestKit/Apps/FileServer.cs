using System.Diagnostics;

namespace PeerProxy.Tests.TestKit.Apps;

/// <summary>HFS from npm: a file server with accounts; the list of files is a single-page app that uploads by XHR and shows the progress.</summary>
public static class FileServer
{
    public const string User = "ada";
    public const string Password = "secret";

    /// <summary>The file in the folder that only <see cref="User"/> may read.</summary>
    public const string Notes = "Notes of a file server.\n";

    private const string Settings = """
        port: {port}
        listen_interface: 127.0.0.1
        open_browser_at_start: false
        localhost_admin: false
        enable_plugins: []
        accounts:
          ada:
            password: secret
        vfs:
          children:
            - name: inbox
              source: {folder}/inbox
              can_upload: [ada]
            - name: private
              source: {folder}/private
              can_read: [ada]
        """;

    public static async Task<RealApp> StartAsync()
    {
        await AppFolder.InstalledOrSkipAsync();
        return await RealApp.StartAsync((folder, port) =>
        {
            Directory.CreateDirectory(Path.Combine(folder, "inbox"));
            Directory.CreateDirectory(Path.Combine(folder, "private"));
            File.WriteAllText(Path.Combine(folder, "private", "notes.txt"), Notes);
            File.WriteAllText(
                Path.Combine(folder, "config.yaml"),
                Settings.Replace("{port}", $"{port}", StringComparison.Ordinal).Replace("{folder}", folder, StringComparison.Ordinal));
            return new ProcessStartInfo(AppFolder.Command("hfs")) { ArgumentList = { "--cwd", folder }, Environment = { ["HOME"] = folder } };
        });
    }
}
