using System.Globalization;
using Microsoft.Extensions.Logging;

namespace PeerProxy.Agent.Cli;

/// <summary>Plain log lines to a writer: time, level, message.</summary>
/// <param name="isBelowStatusLine">True when the writer's terminal shows a line that keeps itself up to date: it makes room for the log line and comes again after it.</param>
internal sealed class TextLoggerProvider(TextWriter writer, bool isBelowStatusLine) : ILoggerProvider
{
    private readonly TextWriter _writer = TextWriter.Synchronized(writer);

    public ILogger CreateLogger(string categoryName) => new TextLogger(_writer, isBelowStatusLine ? TextPresenter.ClearLine : "");

    public void Dispose()
    {
        // The writer is the caller's.
    }

    private sealed class TextLogger(TextWriter writer, string before) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var time = DateTime.Now.ToString("HH:mm:ss", CultureInfo.InvariantCulture);
            var details = exception is null ? "" : Environment.NewLine + exception;
            writer.WriteLine($"{before}{time} {logLevel.ToString().ToLowerInvariant(),-11} {formatter(state, exception)}{details}");
        }
    }
}
