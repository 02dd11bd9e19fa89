using Microsoft.Extensions.Options;

namespace PeerProxy.WebClient.Hosting;

/// <summary>
/// All files of the browser client, read once at start: they are few and small, and a request can then only ever name a file that is in this table
/// (no path traversal by construction).
/// </summary>
public sealed class ClientFiles
{
    /// <summary>Path of the shell's document.</summary>
    public const string ShellPath = "shell/index.html";

    /// <summary>Path of the landing page's document.</summary>
    public const string LandingPath = "landing/index.html";

    /// <summary>The scripts that a browser starts: of the shell, its worker, the same for windows that must do without one, and the service worker.</summary>
    private static readonly string[] _entries = ["shell/main.js", "worker/main.js", "worker/host.js", "service-worker/main.js"];

    private readonly Dictionary<string, ClientFile> _files = new(StringComparer.Ordinal);

    /// <summary>Reads the folder; a missing folder is an empty client.</summary>
    /// <param name="root">The folder of the compiled client.</param>
    /// <param name="bundle">Whether each script that a browser starts comes with all it imports.</param>
    public ClientFiles(string root, bool bundle = true)
    {
        if (Directory.Exists(root))
        {
            foreach (var name in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories))
            {
                var path = Path.GetRelativePath(root, name).Replace('\\', '/');
                _files[path] = new ClientFile(path, File.ReadAllBytes(name));
            }
        }

        var parts = new HashSet<string>(StringComparer.Ordinal);
        var bundles = (bundle ? _entries : []).Select(entry => ModuleBundle.Of(entry, Find, parts)).OfType<ClientFile>().ToArray();
        foreach (var made in bundles)
        {
            _files[made.Path] = made;
            parts.Remove(made.Path);
        }

        foreach (var runtime in RuntimeScripts.Of(Find).ToArray())
        {
            _files[runtime.Path] = runtime;
        }

        if (bundle && Find(ShellPath) is { } apart)
        {
            _files[ShellPath] = WholeDocument.Of(apart, Find, parts);
        }

        _files[ClientManifest.Path] = ClientManifest.Of(_files.Values.Where(file => !parts.Contains(file.Path)));
        if (Find(ShellPath) is { } shell)
        {
            ShellLinks = ModulePreload.HeaderFor(shell, Find);
            ShellInlineScripts = InlineParts.ScriptsOf(shell);
            ShellInlineStyles = InlineParts.StylesOf(shell);
        }
    }

    /// <summary>The Link header of the shell: the whole graph of modules that are not in its document, so that no import waits for the one before it.</summary>
    public string? ShellLinks { get; }

    /// <summary>The hashes of the scripts that stand in the shell itself, each with a space in front: sources of its <c>script-src</c>.</summary>
    public string ShellInlineScripts { get; } = "";

    /// <summary>The same for its styles.</summary>
    public string ShellInlineStyles { get; } = "";

    /// <summary>The file with a path below <c>/.peerproxy/</c>, or null.</summary>
    public ClientFile? Find(string path) => _files.GetValueOrDefault(path);
}

/// <summary>Registers <see cref="ClientFiles"/>.</summary>
internal static class ClientFilesRegistration
{
    internal static void AddClientFiles(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<EdgeOptions>()
            .BindConfiguration(EdgeOptions.Section)
            .Validate(
                options => Uri.CheckHostName(options.Domain) == UriHostNameType.Dns,
                $"{EdgeOptions.Section}:{nameof(EdgeOptions.Domain)} must be a domain name such as peerproxy.dev, without scheme and port.")
            .ValidateOnStart();
        builder.Services.AddSingleton(services => 
        {
            var options = services.GetRequiredService<IOptions<EdgeOptions>>().Value;
            return new ClientFiles(options.ClientRoot, options.Bundle);
        });
    }
}
