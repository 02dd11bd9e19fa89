using PeerProxy.Agent.Hosting;
using QRCoder;
using Spectre.Console;

namespace PeerProxy.Agent.Cli;

/// <summary>For people: the link, large and first; a QR code and one line that keeps itself up to date where there is a terminal; a line for what goes wrong and right again.</summary>
internal sealed class TextPresenter : AgentPresenter
{
    /// <summary>To the start of the terminal's line, and what stands there away.</summary>
    public const string ClearLine = "\r\u001b[2K";

    private const string Indent = "  ";

    private readonly TextWriter _output;
    private readonly TextWriter _error;
    private readonly bool _isInteractive;
    private readonly IAnsiConsole _console;
    private bool _isOnline = true;
    private string? _targetProblem;

    public TextPresenter(TextWriter output, TextWriter error)
    {
        _output = output;
        _error = error;
        _isInteractive = IsTerminal(output);
        _console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = _isInteractive ? AnsiSupport.Detect : AnsiSupport.No,
            Interactive = _isInteractive ? InteractionSupport.Detect : InteractionSupport.No,
        });
    }

    public static bool IsTerminal(TextWriter output) => ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected;

    public override void Ready(string id, string link, string target)
    {
        if (!_isInteractive)
        {
            _output.WriteLine($"{target} is shared at:");
            _output.WriteLine(link);
            _output.Flush();
            return;
        }

        _console.WriteLine();
        _console.MarkupLine($"{Indent}[bold]{Markup.Escape(target)}[/] is shared at");
        _console.WriteLine();

        // Not wrapped: a link in two lines cannot be clicked.
        _output.WriteLine(Indent + link);
        _console.WriteLine();
        WriteCode(link);
        _console.MarkupLine($"{Indent}[grey]Whoever has the link can use the site. Ctrl-C stops sharing.[/]");
        _console.WriteLine();
    }

    public override void Status(AgentStatus status)
    {
        if (status.TargetProblem != _targetProblem)
        {
            Tell(status.TargetProblem is { } problem ? problem + " Visitors see an error page until it answers." : "The target answers again.");
            _targetProblem = status.TargetProblem;
        }

        if (status.IsRegistered != _isOnline)
        {
            _isOnline = status.IsRegistered;
            Tell(_isOnline ? "Connected to the service again: new visitors can come." : "The connection to the service is lost; trying again. Visitors that are connected stay, new ones have to wait.");
        }

        if (_isInteractive)
        {
            var state = status.IsRegistered ? "online" : "reconnecting";
            _output.Write($"{ClearLine}{Indent}{state} - {Count(status.Visitors, "visitor")} - {Count(status.Requests, "request")}");
            _output.Flush();
        }
    }

    public override void Failed(AgentStartException failure)
    {
        _error.WriteLine((_isInteractive ? ClearLine : "") + failure.Message);
        _error.WriteLine(failure.Hint);
    }

    public override void Stopped()
    {
        if (_isInteractive)
        {
            _output.WriteLine();
        }

        _output.WriteLine("Stopped.");
    }

    private void Tell(string message)
    {
        _output.WriteLine(_isInteractive ? $"{ClearLine}{Indent}{DateTime.Now:HH:mm:ss} {message}" : message);
        _output.Flush();
    }

    /// <summary>A code that the window would break into pieces helps nobody.</summary>
    private void WriteCode(string link)
    {
        using var code = new AsciiQRCode(QRCodeGenerator.GenerateQrCode(link, QRCodeGenerator.ECCLevel.L));
        var lines = code.GetGraphicSmall().Split('\n').Select(line => Indent + line.TrimEnd('\r')).ToList();
        if (lines.Max(line => line.Length) <= _console.Profile.Width)
        {
            lines.ForEach(_output.WriteLine);
        }
    }

    private static string Count(long number, string noun) => number == 1 ? $"1 {noun}" : $"{number} {noun}s";
}
