using Microsoft.Extensions.Logging;
using PeerProxy.Agent.Forwarding;
using PeerProxy.Agent.Hosting;

namespace PeerProxy.AppHost.Embedded;

/// <summary>The agent inside this process. Its key is kept between runs, so the link is the same every time.</summary>
internal sealed class EmbeddedAgent : IAsyncDisposable
{
    /// <summary>How long the nodes may take to get their registry up on a machine that is busy with a build; normally it is a fraction of a second.</summary>
    private static readonly TimeSpan RegistrationTimeout = TimeSpan.FromSeconds(60);

    private readonly AgentHost _agent;
    private readonly ILoggerFactory _logging;

    private EmbeddedAgent(AgentHost agent, ILoggerFactory logging)
    {
        _agent = agent;
        _logging = logging;
        Link = new Uri(agent.Link);
    }

    /// <summary>The link to give away.</summary>
    internal Uri Link { get; }

    /// <summary>Completes when the agent stops; faults if it was refused for good while it ran.</summary>
    internal Task Completion => _agent.Completion;

    /// <exception cref="SuiteStartException">The target does not answer, the name is refused, or the key cannot be used.</exception>
    internal static async Task<EmbeddedAgent> StartAsync(TargetAddress target, Uri edge, EmbeddedOptions options, CancellationToken cancellationToken)
    {
        var logging = LoggerFactory.Create(builder => builder
            .AddSimpleConsole(console => console.SingleLine = true)
            .SetMinimumLevel(options.Verbose ? LogLevel.Information : LogLevel.Warning));
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(RegistrationTimeout);
        try
        {
            var agent = await AgentHost.StartAsync(
                new AgentHostOptions
                {
                    Target = target,
                    Server = edge,
                    Name = options.Name,
                    DataFolder = options.DataFolder,
                    IncludeLoopback = true,
                    WaitForServer = true,
                    LoggerFactory = logging,
                },
                deadline.Token);
            return new EmbeddedAgent(agent, logging);
        }
        catch (AgentStartException refusal)
        {
            logging.Dispose();
            throw new SuiteStartException($"The agent did not start: {refusal.Message} {refusal.Hint}", refusal);
        }
        catch (OperationCanceledException timeout) when (!cancellationToken.IsCancellationRequested)
        {
            logging.Dispose();
            throw new SuiteStartException(
                $"The agent could not register within {RegistrationTimeout.TotalSeconds} s. Start again with --verbose to see what the nodes say.", timeout);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _agent.DisposeAsync();
        _logging.Dispose();
    }
}
