using PeerProxy.Agent.Hosting;
using QRCoder;
using Spectre.Console;

namespace PeerProxy.Agent.Cli;

/// <summary>For people: the link, large and first; a QR code and one line that keeps itself up to date where there is a terminal.</summary>
internal sealed class TextPresenter : AgentPresenter
{
    private readonly TextWriter _output;
    private readonly TextWriter _error;
    private readonly bool _isInteractive;
    private readonly IAnsiConsole _console;

    public TextPresenter(TextWriter output, TextWriter error)
    {
        _output = output;
        _error = error;
        _isInteractive = ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected;
        _console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = _isInteractive ? AnsiSupport.Detect : AnsiSupport.No,
            Interactive = _isInteractive ? InteractionSupport.Detect : InteractionSupport.No,
        });
    }

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
        _console.MarkupLine($"  [bold]{Markup.Escape(target)}[/] is shared at");
        _console.WriteLine();

        // Not wrapped: a link in two lines cannot be clicked.
        _output.WriteLine("  " + link);
        _console.WriteLine();
        using var code = new AsciiQRCode(QRCodeGenerator.GenerateQrCode(link, QRCodeGenerator.ECCLevel.L));
        _output.WriteLine(code.GetGraphicSmall());
        _console.MarkupLine("  [grey]Whoever has the link can use the site. Ctrl-C stops sharing.[/]");
        _console.WriteLine();
    }

    public override void Status(AgentStatus status)
    {
        if (_isInteractive)
        {
            var state = status.IsRegistered ? "online" : "reconnecting";
            _output.Write($"\r\u001b[2K  {state} - {Count(status.Visitors, "visitor")} - {Count(status.Requests, "request")}");
            _output.Flush();
        }
    }

    public override void Failed(AgentStartException failure)
    {
        _error.WriteLine(failure.Message);
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

    private static string Count(long number, string noun) => number == 1 ? $"1 {noun}" : $"{number} {noun}s";
}
