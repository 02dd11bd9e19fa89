#pragma warning disable ASPIRECERTIFICATES001 // WithoutHttpsCertificate is marked experimental; the registry stays inside the suite.
using System.Diagnostics;
using System.Net.Sockets;
using System.Reflection;
using Aspire.Hosting.Docker.Resources.ServiceNodes.Swarm;

// Not PeerProxy.AppHost.Aspire: that name would hide the root namespace Aspire from every file of this project.
namespace PeerProxy.AppHost;

/// <summary>The suite as a .NET Aspire app model: resources, then services, then the site and its agent.</summary>
internal static class AspireModel
{
    private const int TurnPort = 3478;
    private const int FirstRelayPort = 49160;
    private const int LastRelayPort = 49199;

    /// <summary>Publishing needs only the libraries; running also needs the orchestrator that restore brought.</summary>
    public static bool CanRun(string[] args) =>
        args.Contains("--publisher") || args.Contains("--operation") || Orchestrators().Any(File.Exists);

    public static async Task<int> RunAsync(string[] args)
    {
        var builder = DistributedApplication.CreateBuilder(args);
        builder.AddDockerComposeEnvironment("compose").WithDashboard();

        var publicUrl = builder.AddParameter("public-url", SuiteDefaults.PublicUrl(SuiteDefaults.EdgePort), publishValueAsDefault: true);
        var turnHost = builder.AddParameter("turn-host", "127.0.0.1", publishValueAsDefault: true);
        var turnSecret = builder.AddParameter(
            "turn-secret", new GenerateParameterDefault { MinLength = 32, Special = false }, secret: true, persist: true);

        var signaling = builder.AddProject<Projects.PeerProxy_Signaling>("signaling")
            .WithHttpEndpoint()
            .WithHttpHealthCheck("/health")
            .WithEnvironment("Signaling__PublicUrl", publicUrl)
            .WithEnvironment("Signaling__TrustedProxies", "127.0.0.1,::1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16");

        // Without a container runtime the two containers would never start; one node with its registry in memory still makes a working suite.
        if (builder.ExecutionContext.IsPublishMode || HasContainers())
        {
            var redis = builder.AddRedis("redis").WithoutHttpsCertificate();
            var turn = builder.AddContainer("turn", "coturn/coturn", "4.6.3")
                .WithEndpoint(TurnPort, TurnPort, "turn", "turn-udp", isProxied: false, isExternal: true, protocol: ProtocolType.Udp)
                .WithEndpoint(TurnPort, TurnPort, "turn", "turn-tcp", isProxied: false, isExternal: true)
                .WithContainerRuntimeArgs("-p", $"{FirstRelayPort}-{LastRelayPort}:{FirstRelayPort}-{LastRelayPort}/udp")
                .WithArgs(
                    "-n", "--log-file=stdout", "--realm=peerproxy", "--use-auth-secret",
                    $"--min-port={FirstRelayPort}", $"--max-port={LastRelayPort}")
                .WithArgs(turnArgs => turnArgs.Args.Add(ReferenceExpression.Create($"--static-auth-secret={turnSecret}")))
                .WithArgs(turnArgs => turnArgs.Args.Add(ReferenceExpression.Create($"--external-ip={turnHost}")))
                .PublishAsDockerComposeService((_, service) =>
                {
                    // Publishing collapses UDP and TCP on one port into one line, and leaves out the relay ports.
                    service.Ports = [$"{TurnPort}:{TurnPort}/udp", $"{TurnPort}:{TurnPort}/tcp", $"{FirstRelayPort}-{LastRelayPort}:{FirstRelayPort}-{LastRelayPort}/udp"];
                    service.Restart = "unless-stopped";
                });
            signaling.WithReference(redis).WaitFor(redis).WaitForStart(turn)
                .WithEnvironment("Turn__Secret", turnSecret)
                .WithEnvironment("Turn__Uris__0", ReferenceExpression.Create($"turn:{turnHost}:3478?transport=udp"))
                .WithEnvironment("Turn__Uris__1", ReferenceExpression.Create($"turn:{turnHost}:3478?transport=tcp"))
                .WithReplicas(SuiteDefaults.SignalingNodes)
                .PublishAsDockerComposeService((_, service) => service.Deploy = new Deploy { Replicas = SuiteDefaults.SignalingNodes });
        }

        var edge = builder.AddProject<Projects.PeerProxy_WebClient>("edge")
            .WithHttpEndpoint(port: SuiteDefaults.EdgePort)
            .WithExternalHttpEndpoints()
            .WithHttpHealthCheck("/health")
            .WithReference(signaling).WaitFor(signaling)
            .PublishAsDockerComposeService((_, service) => service.Ports = [$"{SuiteDefaults.EdgePort}:${{EDGE_PORT}}"]);

        var site = builder.AddProject<Projects.PeerProxy_SampleSite>("site").WithHttpEndpoint().WithHttpHealthCheck("/health");

        builder.AddProject<Projects.PeerProxy_Agent>("agent")
            .WithArgs(site.GetEndpoint("http"), "--name", SuiteDefaults.SiteName, "--server", edge.GetEndpoint("http"))
            .WaitFor(edge).WaitFor(site);

        await builder.Build().RunAsync();
        return 0;
    }

    private static IEnumerable<string> Orchestrators() =>
        Assembly.GetExecutingAssembly().GetCustomAttributes<AssemblyMetadataAttribute>()
            .Where(fact => fact.Key is "dcpclipath" && fact.Value is not null).Select(fact => fact.Value!);

    private static bool HasContainers()
    {
        try
        {
            using var docker = Process.Start(new ProcessStartInfo("docker", "info") { RedirectStandardOutput = true, RedirectStandardError = true });
            return docker is not null && docker.WaitForExit(TimeSpan.FromSeconds(10)) && docker.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // No docker command on this machine.
            return false;
        }
    }
}
