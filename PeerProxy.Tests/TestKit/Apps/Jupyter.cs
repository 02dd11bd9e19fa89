using System.Diagnostics;

namespace PeerProxy.Tests.TestKit.Apps;

/// <summary>Jupyter Notebook from Debian, in Python: a login, uploads, documents in tabs of their own, results that arrive over WebSockets.</summary>
public static class Jupyter
{
    public const string Password = "secret";

    /// <summary>Salted SHA-1 of <see cref="Password"/>, as <c>notebook.auth.passwd</c> writes it.</summary>
    private const string PasswordHash = "sha1:42973b08e4d5:ac42cc90c0e43fafc4a2f9ff846cc922906f4fad";

    public static async Task<RealApp> StartAsync()
    {
        await AppFolder.InstalledOrSkipAsync();
        return await RealApp.StartAsync((folder, port) =>
        {
            var documents = Directory.CreateDirectory(Path.Combine(folder, "documents")).FullName;
            // Debian's Python: another one first on PATH does not have the package.
            return new ProcessStartInfo("/usr/bin/python3")
            {
                ArgumentList =
                {
                    "-m", "notebook", "--no-browser", "--allow-root", "--ip=127.0.0.1", $"--port={port}", "--port-retries=0",
                    $"--notebook-dir={documents}", $"--NotebookApp.password={PasswordHash}",
                },
                Environment = { ["HOME"] = folder, ["JUPYTER_RUNTIME_DIR"] = Path.Combine(folder, "runtime") },
                WorkingDirectory = documents,
            };
        });
    }
}
