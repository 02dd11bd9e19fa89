using System.Reflection;
using PeerProxy.Tests.TestKit.NetLab;

namespace PeerProxy.Tests.TestKit.Suite;

/// <summary>Our own programs as processes: they lie beside the running one, and share its frameworks and packages.</summary>
internal static class OwnProgram
{
    /// <summary>The command line of a program, such as <c>PeerProxy.Signaling</c>, without its arguments.</summary>
    public static string[] Command(string name)
    {
        static string Beside(string file) => Path.Combine(AppContext.BaseDirectory, file);
        var running = Assembly.GetEntryAssembly()!.GetName().Name;
        return
        [
            NetworkLab.FindTool("dotnet") ?? Environment.ProcessPath!, "exec", "--runtimeconfig", Beside(running + ".runtimeconfig.json"),
            "--depsfile", Beside(running + ".deps.json"), Beside(name + ".dll"),
        ];
    }
}
