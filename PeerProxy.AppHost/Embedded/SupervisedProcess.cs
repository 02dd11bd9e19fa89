using System.ComponentModel;
using System.Diagnostics;

namespace PeerProxy.AppHost.Embedded;

/// <summary>
/// A child process that cannot outlive this one. A small shell between the two waits on a pipe from here; the pipe closes when this process ends
/// in whatever way, SIGKILL included, and the shell then stops the child.
/// </summary>
/// <remarks>PR_SET_PDEATHSIG would be shorter, but it fires when the thread that started the child ends, and .NET's pool threads come and go.</remarks>
internal sealed class SupervisedProcess : IAsyncDisposable
{
    /// <remarks>A terminal's Ctrl-C goes to the shell too, while the child in its background ignores it: the shell must outlive it to stop the child.</remarks>
    private const string Supervisor = """
        trap '' INT
        "$@" </dev/null &
        child=$!
        read -r _
        kill "$child" 2>/dev/null
        wait "$child"
        """;

    /// <summary>How long a child may take to end by itself before it is killed.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(3);

    private readonly Process _shell;

    private SupervisedProcess(Process shell) => _shell = shell;

    /// <summary>Whether a program is on the PATH of a system that has a POSIX shell.</summary>
    internal static bool IsAvailable(string program) =>
        !OperatingSystem.IsWindows()
        && (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>Starts a program from the PATH; its output is read and dropped.</summary>
    /// <exception cref="SuiteStartException">There is no shell to start it with.</exception>
    internal static SupervisedProcess Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo("/bin/sh")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])["-c", Supervisor, "supervisor", program, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            var shell = Process.Start(start)!;
            shell.BeginOutputReadLine();
            shell.BeginErrorReadLine();
            return new SupervisedProcess(shell);
        }
        catch (Win32Exception cause)
        {
            throw new SuiteStartException($"{program} could not be started: {cause.Message}.", cause);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_shell.HasExited)
        {
            _shell.StandardInput.Close();
            using var deadline = new CancellationTokenSource(StopTimeout);
            try
            {
                await _shell.WaitForExitAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                _shell.Kill(entireProcessTree: true);
            }
        }

        _shell.Dispose();
    }
}
