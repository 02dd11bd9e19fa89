using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace PeerProxy.Agent.Cookies;

/// <summary>The jars of visitor sessions, kept on disk so that logins survive reloads of the page and restarts of the agent.</summary>
/// <remarks>One file per session key under <c>cookies/</c>, mode 0600 in a 0700 folder: values are as secret as in a browser's profile. Written shortly after a change, and when the last
/// connection of the session ends.</remarks>
public sealed class CookieJarStore(string folder, TimeProvider timeProvider, ILogger<CookieJarStore> logger) : IDisposable
{
    /// <summary>Sessions on disk; the one not used for longest goes. Some MB at most.</summary>
    public const int MaxSessions = 1000;

    /// <summary>A larger file is not ours: 600 cookies of 4 KB.</summary>
    private const int MaxFileBytes = 8 * 1024 * 1024;

    /// <summary>A browser forgets session cookies when it is closed; nobody tells us, so they end when unused for this long.</summary>
    private static readonly TimeSpan SessionCookieLifetime = TimeSpan.FromDays(14);

    private static readonly TimeSpan SaveDelay = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _open = [];
    private readonly string _folder = Path.Combine(folder, "cookies");

    /// <summary>The jar of a session; dispose the lease when the connection ends. Connections of one session share the jar.</summary>
    /// <param name="keyHash">Hash of the session's key, base64url: a safe file name.</param>
    public CookieJarLease Acquire(string keyHash)
    {
        lock (_gate)
        {
            if (!_open.TryGetValue(keyHash, out var entry))
            {
                entry = new Entry(new CookieJar(timeProvider), Path.Combine(_folder, keyHash + ".json"));
                entry.Jar.Restore(Read(entry.Path));
                entry.SaveTimer = timeProvider.CreateTimer(_ => Save(entry), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                entry.Jar.Changed += () => entry.SaveTimer.Change(SaveDelay, Timeout.InfiniteTimeSpan);
                _open.Add(keyHash, entry);
            }

            entry.Users++;
            return new CookieJarLease(entry.Jar, () => Release(keyHash, entry));
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var entry in _open.Values)
            {
                entry.SaveTimer.Dispose();
                Save(entry);
            }

            _open.Clear();
        }
    }

    private void Release(string keyHash, Entry entry)
    {
        lock (_gate)
        {
            if (--entry.Users == 0 && _open.Remove(keyHash))
            {
                entry.SaveTimer.Dispose();
                Save(entry);
            }
        }
    }

    private List<Cookie> Read(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists || file.Length > MaxFileBytes)
            {
                return [];
            }

            var oldest = timeProvider.GetUtcNow() - SessionCookieLifetime;
            var cookies = JsonSerializer.Deserialize(File.ReadAllBytes(path), CookieJson.Default.ListCookie) ?? [];
            return [.. cookies.Where(cookie => cookie is not null && (cookie.Expires is not null || cookie.LastAccess > oldest))];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            CookieLog.ReadFailed(logger, exception.GetType().Name);
            return [];
        }
    }

    private void Save(Entry entry)
    {
        lock (entry)
        {
            try
            {
                var cookies = entry.Jar.Snapshot();
                if (cookies.Count == 0)
                {
                    if (File.Exists(entry.Path))
                    {
                        File.Delete(entry.Path);
                    }

                    return;
                }

                EnsureFolder();
                var aside = $"{entry.Path}.{Guid.NewGuid():N}.tmp";
                var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
                if (!OperatingSystem.IsWindows())
                {
                    options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
                }

                using (var stream = new FileStream(aside, options))
                {
                    JsonSerializer.Serialize(stream, [.. cookies], CookieJson.Default.ListCookie);
                }

                File.Move(aside, entry.Path, overwrite: true);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Logins then last as long as the agent runs.
                CookieLog.SaveFailed(logger, exception.Message);
            }
        }
    }

    private void EnsureFolder()
    {
        if (Directory.Exists(_folder))
        {
            foreach (var file in new DirectoryInfo(_folder).GetFiles("*.json").OrderByDescending(file => file.LastWriteTimeUtc).Skip(MaxSessions))
            {
                file.Delete();
            }
        }
        else if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(_folder);
        }
        else
        {
            Directory.CreateDirectory(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private sealed class Entry(CookieJar jar, string path)
    {
        public CookieJar Jar { get; } = jar;

        public string Path { get; } = path;

        public int Users { get; set; }

        public ITimer SaveTimer { get; set; } = null!;
    }
}

/// <summary>A jar in use by one connection.</summary>
public sealed class CookieJarLease(CookieJar jar, Action release) : IDisposable
{
    private Action? _release = release;

    public CookieJar Jar { get; } = jar;

    public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
}
