using System.Diagnostics;

namespace PeerProxy.Tests.TestKit.Suite;

/// <summary>Programs started as from a person's terminal, where Ctrl-C reaches them.</summary>
internal static class ForegroundProcess
{
    /// <summary>The start of <c>dotnet</c> with both outputs redirected.</summary>
    /// <remarks>A shell's background job ignores SIGINT and hands that down to all its children, the tests' too; <c>env</c> takes it back.</remarks>
    public static ProcessStartInfo Dotnet(params ReadOnlySpan<string> arguments) => Dotnet(inGroupOfItsOwn: false, arguments);

    /// <inheritdoc cref="Dotnet(ReadOnlySpan{string})"/>
    /// <param name="inGroupOfItsOwn">It leads a process group, as a terminal's foreground job does, so that a signal can be sent to it and all it has started.</param>
    public static ProcessStartInfo Dotnet(bool inGroupOfItsOwn, params ReadOnlySpan<string> arguments)
    {
        var isLinux = OperatingSystem.IsLinux();
        var start = new ProcessStartInfo(!isLinux ? "dotnet" : inGroupOfItsOwn ? "setsid" : "env") { RedirectStandardOutput = true, RedirectStandardError = true };
        if (isLinux)
        {
            if (inGroupOfItsOwn)
            {
                start.ArgumentList.Add("env");
            }

            start.ArgumentList.Add("--default-signal=INT");
            start.ArgumentList.Add("dotnet");
        }

        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }
}
