using System.Security.Cryptography;
using System.Text;
using PeerProxy.Tests.TestKit.NetLab;

namespace PeerProxy.Tests.TestKit.Containers;

/// <summary>The images that tests run: the public ones, or where no registry is reached one made of this machine's packages.</summary>
public static class TestImages
{
    private static readonly string _script = Path.Combine(AppContext.BaseDirectory, "TestKit", "Containers", "local-image.sh");

    /// <summary>Environment variable that names the Redis image.</summary>
    public const string RedisSetting = "PEERPROXY_TEST_REDIS_IMAGE";

    /// <summary>Environment variable that names the coturn image.</summary>
    public const string CoturnSetting = "PEERPROXY_TEST_COTURN_IMAGE";

    /// <summary>Environment variable that names the image with the ASP.NET Core runtime.</summary>
    public const string RuntimeSetting = "PEERPROXY_TEST_RUNTIME_IMAGE";

    public static Task<string> RedisAsync() => ObtainAsync(RedisSetting, "redis:8-alpine");

    public static Task<string> CoturnAsync() => ObtainAsync(CoturnSetting, "coturn/coturn:4.6.3");

    public static Task<string> RuntimeAsync() => ObtainAsync(RuntimeSetting, "mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled");

    private static async Task<string> ObtainAsync(string setting, string publicName)
    {
        var name = Environment.GetEnvironmentVariable(setting) ?? publicName;
        if ((await DockerCommand.TryRunAsync("docker", ["image", "inspect", name])).IsSuccess || (await DockerCommand.TryRunAsync("docker", ["pull", "--quiet", name])).IsSuccess)
        {
            return name;
        }

        var local = await LocalNameAsync();
        if (!(await DockerCommand.TryRunAsync("docker", ["image", "inspect", local])).IsSuccess)
        {
            Assert.SkipUnless(File.Exists("/etc/debian_version"), $"{name} cannot be pulled here, and only Debian and Ubuntu can make an image of their own packages.");
            await DockerCommand.RunProgramAsync(_script, [local, DotnetRoot()]);
        }

        return local;
    }

    /// <summary>Another script or another runtime is another image.</summary>
    private static async Task<string> LocalNameAsync()
    {
        var recipe = await File.ReadAllTextAsync(_script) + Environment.Version;
        return "peerproxy-test/local:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(recipe)))[..12];
    }

    private static string DotnetRoot()
    {
        var program = NetworkLab.FindTool("dotnet") ?? Environment.ProcessPath!;
        return Path.GetDirectoryName(new FileInfo(program).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? program)!;
    }
}
