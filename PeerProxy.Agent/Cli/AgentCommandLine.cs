using System.CommandLine;
using System.CommandLine.Help;
using PeerProxy.Agent.Hosting;

namespace PeerProxy.Agent.Cli;

/// <summary>Arguments, options and help of <c>peerproxy</c>: the one place where they are bound.</summary>
internal sealed class AgentCommandLine
{
    /// <summary>The environment variable that replaces the default of <c>--server</c>.</summary>
    public const string ServerVariable = "PEERPROXY_SERVER";

    private const string DefaultServer = "https://peerproxy.dev";

    private const string Description = """
        Shares a web app that runs on this machine, or near it, straight from here: end-to-end encrypted, no account, no port forwarding.

        Examples:
          peerproxy 3000                         share http://localhost:3000
          peerproxy http://192.168.1.5:8080      share a device on your network
          peerproxy 3000 --name my-demo          ask for https://my-demo.peerproxy.dev
          peerproxy https://localhost:5001 --insecure
                                                 a target with a self-signed certificate
          peerproxy unix:/run/app.sock           a target on a Unix socket
          peerproxy id                           show this machine's key and data folder

        Exit codes: 0 stopped, 2 wrong usage, 3 nothing answers at the target or its certificate is not trusted,
        4 name taken or invalid, 5 server unreachable, 6 data folder or key unusable.
        """;

    private readonly TextWriter _output;
    private readonly TextWriter _error;
    private readonly Argument<string?> _target = new("target") { Description = "Port, host:port, URL or unix:/path of the web app.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _name = new("--name", "-n") { Description = "The name to ask for: 4 to 40 characters of a-z, 0-9 and hyphen." };
    private readonly Option<string> _server = new("--server", "-s")
    {
        Description = $"The PeerProxy service (environment: {ServerVariable}).",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable(ServerVariable) is { Length: > 0 } server ? server : DefaultServer,
    };

    private readonly Option<bool> _insecure = new("--insecure") { Description = "Accept any certificate of an https target." };
    private readonly Option<bool> _wait = new("--wait") { Description = "Start even if nothing answers at the target, or the service cannot be reached, yet." };
    private readonly Option<bool> _forwardedHost = new("--forwarded-host") { Description = "Tell the target the visitor's address (X-Forwarded-Host, -Proto)." };
    private readonly Option<int> _udpPort = new("--udp-port") { Description = "UDP port for visitors; 0: any." };
    private readonly Option<string[]> _ice = new("--stun", "--turn") { Description = "A further STUN or TURN server: stun:host[:port], turn:user:password@host[:port]." };
    private readonly Option<string?> _data = new("--data") { Description = "Folder of key and cookies (environment: PEERPROXY_HOME)." };
    private readonly Option<bool> _verbose = new("--verbose", "-v") { Description = "Log what happens." };
    private readonly Option<bool> _json = new("--json") { Description = "Print events as JSON, one object per line." };

    public AgentCommandLine(TextWriter output, TextWriter error)
    {
        _output = output;
        _error = error;
    }

    public async Task<AgentExitCode> RunAsync(string[] args, CancellationToken cancellationToken)
    {
        var root = new RootCommand(Description) { _target, _name, _server, _insecure, _wait, _forwardedHost, _udpPort, _ice, _data, _verbose, _json };
        root.SetAction(async (parsed, token) => (int)await ShareAsync(parsed, token).ConfigureAwait(false));
        var id = new Command("id", "Show this machine's ids, key hash and data folder.") { _data };
        id.SetAction(parsed => (int)new IdCommand(_output, _error).Run(parsed.GetValue(_data)));
        root.Add(id);

        var result = root.Parse(args);
        if (result.Errors.Count > 0)
        {
            foreach (var problem in result.Errors)
            {
                await _error.WriteLineAsync(problem.Message).ConfigureAwait(false);
            }

            await _error.WriteLineAsync("Run 'peerproxy --help' for what is possible.").ConfigureAwait(false);
            return AgentExitCode.Usage;
        }

        // Signals are handled by Program, so that the orderly end is the same inside another process.
        var configuration = new InvocationConfiguration { Output = _output, Error = _error, ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false };
        return (AgentExitCode)await result.InvokeAsync(configuration, cancellationToken).ConfigureAwait(false);
    }

    private async Task<AgentExitCode> ShareAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(_target) is not { Length: > 0 } target)
        {
            await _error.WriteLineAsync("What shall be shared? For example: peerproxy 3000").ConfigureAwait(false);
            new HelpAction().Invoke(parsed);
            return AgentExitCode.Usage;
        }

        if (target.StartsWith('-'))
        {
            await _error.WriteLineAsync($"There is no option '{target}'. Run 'peerproxy --help' for what is possible.").ConfigureAwait(false);
            return AgentExitCode.Usage;
        }

        if (!ShareSettings.TryBind(
            target,
            parsed.GetValue(_server)!,
            parsed.GetValue(_name),
            parsed.GetValue(_ice) ?? [],
            parsed.GetValue(_udpPort),
            out var settings,
            out var problem))
        {
            await _error.WriteLineAsync(problem).ConfigureAwait(false);
            return AgentExitCode.Usage;
        }

        settings = settings with
        {
            AcceptAnyCertificate = parsed.GetValue(_insecure),
            Wait = parsed.GetValue(_wait),
            SendForwardedHost = parsed.GetValue(_forwardedHost),
            DataFolder = parsed.GetValue(_data),
            IsVerbose = parsed.GetValue(_verbose),
            IsJson = parsed.GetValue(_json),
        };
        return await new ShareCommand(settings, _output, _error).RunAsync(cancellationToken).ConfigureAwait(false);
    }
}
