using System.Security.Cryptography;
using System.Text.Json;
using PeerProxy.Protocol.Identity;
using PeerProxy.Protocol.Signaling;

namespace PeerProxy.Agent.Identity;

/// <summary>The agent's data folder: its private key, and the ids it was given, so that a restart keeps its link.</summary>
/// <remarks>
/// Folder mode 0700, files 0600. Files appear whole or not at all (written aside, then moved), so several agents may share a folder.
/// <c>agent.key</c> is PKCS#8 in PEM; <c>ids.json</c> maps server and target to an id.
/// </remarks>
public sealed class AgentKeyStore
{
    public const string KeyFileName = "agent.key";

    public const string IdsFileName = "ids.json";

    // A P-256 key in PEM has 241 characters; far more is not a key.
    private const int MaxKeyFileBytes = 16 * 1024;

    // Some thousand targets; a larger file is not ours.
    private const int MaxIdsFileBytes = 1024 * 1024;

    private const string PemLabel = "PRIVATE KEY";

    private readonly string _folder;

    public AgentKeyStore(string? folder = null) => _folder = folder ?? AgentDataFolder.Default();

    /// <summary>The folder in use.</summary>
    public string Folder => _folder;

    /// <summary>Reads the key, or makes one on first use.</summary>
    /// <exception cref="AgentKeyStoreException">The folder or the file cannot be used.</exception>
    public AgentKey LoadOrCreateKey()
    {
        var path = Path.Combine(_folder, KeyFileName);
        try
        {
            EnsureFolder();
            if (!File.Exists(path))
            {
                CreateKey(path);
            }
            RestrictMode(path);
            return ReadKey(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AgentKeyStoreException($"The key file {path} cannot be used: {e.Message}", e);
        }
    }

    /// <summary>The id this server gave for this target the last time; null when there is none.</summary>
    /// <param name="server">The signaling service.</param>
    /// <param name="target">What is shared, as the agent names it; each target has its own id, hence its own origin in browsers.</param>
    public string? FindId(Uri server, string target) =>
        ReadIds().GetValueOrDefault(IdKey(server, target)) is { } id && PeerId.IsValid(id) ? id : null;

    /// <summary>Keeps the assigned id for the next start.</summary>
    /// <exception cref="AgentKeyStoreException">The folder or the file cannot be used.</exception>
    public void RememberId(Uri server, string target, string id)
    {
        var path = Path.Combine(_folder, IdsFileName);
        try
        {
            EnsureFolder();
            using var exclusive = LockIds();
            var ids = ReadIds();
            if (ids.GetValueOrDefault(IdKey(server, target)) == id)
            {
                return;
            }
            ids[IdKey(server, target)] = id;
            var aside = WriteAside(path, JsonSerializer.SerializeToUtf8Bytes(ids, AgentIdsJson.Default.DictionaryStringString));
            File.Move(aside, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AgentKeyStoreException($"The file {path} cannot be written: {e.Message}", e);
        }
    }

    private static string IdKey(Uri server, string target) => $"{server.Host}:{server.Port} {target}";

    private void EnsureFolder()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(_folder);
        }
        else
        {
            Directory.CreateDirectory(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static void CreateKey(string path)
    {
        using var key = AgentKey.Create();
        var pkcs8 = key.ExportPkcs8();
        var pem = System.Text.Encoding.ASCII.GetBytes(PemEncoding.WriteString(PemLabel, pkcs8) + "\n");
        CryptographicOperations.ZeroMemory(pkcs8);
        var aside = WriteAside(path, pem);
        try
        {
            File.Move(aside, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another agent was first; its key is the key.
            File.Delete(aside);
        }
    }

    private static AgentKey ReadKey(string path)
    {
        if (new FileInfo(path).Length > MaxKeyFileBytes)
        {
            throw NotAKey(path, null);
        }
        var text = File.ReadAllText(path);
        if (!PemEncoding.TryFind(text, out var fields) || !text.AsSpan()[fields.Label].SequenceEqual(PemLabel))
        {
            throw NotAKey(path, null);
        }
        try
        {
            return AgentKey.ImportPkcs8(Convert.FromBase64String(text[fields.Base64Data]));
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            throw NotAKey(path, e);
        }
    }

    private static AgentKeyStoreException NotAKey(string path, Exception? inner) =>
        new($"The file {path} does not hold an ECDSA P-256 key. Restore it from a backup, or delete it to start with a new key (the old link then stops working).", inner);

    /// <summary>Keys copied by hand often end up readable by others.</summary>
    private static void RestrictMode(string path)
    {
        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~OwnerOnly) != 0)
        {
            File.SetUnixFileMode(path, OwnerOnly);
        }
    }

    private static string WriteAside(string path, ReadOnlySpan<byte> content)
    {
        var aside = $"{path}.{Guid.NewGuid():N}.tmp";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }
        using var stream = new FileStream(aside, options);
        stream.Write(content);
        stream.Flush(flushToDisk: true);
        return aside;
    }

    /// <summary>Serialises read-modify-write between processes; held for milliseconds.</summary>
    private FileStream LockIds()
    {
        const int Attempts = 100;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return new FileStream(Path.Combine(_folder, IdsFileName + ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (attempt < Attempts)
            {
                Thread.Sleep(20);
            }
        }
    }

    private Dictionary<string, string> ReadIds()
    {
        var file = new FileInfo(Path.Combine(_folder, IdsFileName));
        try
        {
            if (file.Exists && file.Length <= MaxIdsFileBytes
                && JsonSerializer.Deserialize(File.ReadAllBytes(file.FullName), AgentIdsJson.Default.DictionaryStringString) is { } ids)
            {
                return ids;
            }
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            // A lost memory costs the link's name, never the start.
        }
        return [];
    }
}
