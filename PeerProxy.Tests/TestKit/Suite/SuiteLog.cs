using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace PeerProxy.Tests.TestKit.Suite;

/// <summary>Collects the log of all services of a suite, so that a failing test can print it.</summary>
/// <param name="minimum">What is collected.</param>
/// <param name="keptLines">The newest ones are kept.</param>
public sealed class SuiteLog(LogLevel minimum = LogLevel.Debug, int keptLines = 4000) : ILoggerProvider
{
    private readonly ConcurrentQueue<string> _lines = new();

    /// <summary>What is collected.</summary>
    public LogLevel Minimum => minimum;

    /// <summary>Lines logged so far.</summary>
    public long Count { get; private set; }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName[(categoryName.LastIndexOf('.') + 1)..]);

    /// <summary>The newest lines.</summary>
    public string Tail(int lines) => string.Join('\n', _lines.TakeLast(lines));

    /// <summary>Every kept line.</summary>
    public IReadOnlyCollection<string> Lines => _lines;

    /// <summary>Kept lines that hold a text.</summary>
    public int CountOf(string text) => _lines.Count(line => line.Contains(text, StringComparison.Ordinal));

    public bool Contains(string text) => _lines.Any(line => line.Contains(text, StringComparison.Ordinal));

    public void Add(string line)
    {
        _lines.Enqueue($"{DateTime.UtcNow:HH:mm:ss.fff} {line}");
        Count++;
        while (_lines.Count > keptLines)
        {
            _lines.TryDequeue(out _);
        }
    }

    public void Dispose()
    {
    }

    private sealed class Logger(SuiteLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= log.Minimum;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                log.Add($"{logLevel.ToString()[..4]} {category}: {formatter(state, exception)}{(exception is null ? "" : "\n  " + exception)}");
            }
        }
    }
}
