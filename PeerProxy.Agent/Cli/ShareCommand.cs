using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PeerProxy.Agent.Hosting;
using PeerProxy.ServiceDefaults;

namespace PeerProxy.Agent.Cli;

/// <summary><c>peerproxy TARGET</c>: starts an agent, prints its link, stays until it is stopped.</summary>
internal sealed class ShareCommand(ShareSettings settings, TextWriter output, TextWriter error)
{
    private static readonly TimeSpan StatusInterval = TimeSpan.FromSeconds(1);

    public async Task<AgentExitCode> RunAsync(CancellationToken cancellationToken)
    {
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.SetMinimumLevel(settings.IsVerbose ? LogLevel.Debug : LogLevel.Warning).AddProvider(new TextLoggerProvider(error, TextPresenter.IsTerminal(output))));
        services.AddTelemetry(new ConfigurationBuilder().AddEnvironmentVariables().Build(), "peerproxy-agent");
        await using var provider = services.BuildServiceProvider();
        AgentPresenter presenter = settings.IsJson ? new JsonPresenter(output) : new TextPresenter(output, error);
        try
        {
            await using var agent = await AgentHost.StartAsync(
                new AgentHostOptions
                {
                    Target = settings.Target,
                    Server = settings.Server,
                    Name = settings.Name,
                    DataFolder = settings.DataFolder,
                    AcceptAnyCertificate = settings.AcceptAnyCertificate,
                    SendForwardedHost = settings.SendForwardedHost,
                    UdpPort = settings.UdpPort,
                    IceServers = settings.IceServers,
                    WaitForTarget = settings.Wait,
                    WaitForServer = settings.Wait,

                    // A service on this machine has visitors on this machine.
                    IncludeLoopback = settings.Server.IsLoopback,
                    LoggerFactory = provider.GetRequiredService<ILoggerFactory>(),
                },
                cancellationToken).ConfigureAwait(false);
            presenter.Ready(agent.Id, agent.Link, settings.Target.ToString());
            await WatchAsync(agent, presenter, cancellationToken).ConfigureAwait(false);
            presenter.Stopped();
            return AgentExitCode.Ok;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return AgentExitCode.Ok;
        }
        catch (AgentStartException exception)
        {
            presenter.Failed(exception);
            return exception.Code;
        }
    }

    private static async Task WatchAsync(AgentHost agent, AgentPresenter presenter, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(StatusInterval);
        var shown = default(AgentStatus);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                if (agent.Completion.IsCompleted)
                {
                    await agent.Completion.ConfigureAwait(false);
                    return;
                }

                var status = agent.Status;
                if (status != shown)
                {
                    shown = status;
                    presenter.Status(status);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C.
        }
    }
}
