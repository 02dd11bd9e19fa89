using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace PeerProxy.Tests.TestKit.Suite;

/// <summary>Collects the log of all services of a suite, so that a failing test can print it.</summary>
public sealed class SuiteLog : ILoggerProvider
{
    private const int KeptLines = 4000;
    private readonly ConcurrentQueue<string> _lines = new();

    /// <summary>Lines logged so far.</summary>
    public long Count { get; private set; }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName[(categoryName.LastIndexOf('.') + 1)..]);

    /// <summary>The newest lines.</summary>
    public string Tail(int lines) => string.Join('\n', _lines.TakeLast(lines));

    public bool Contains(string text) => _lines.Any(line => line.Contains(text, StringComparison.Ordinal));

    public void Add(string line)
    {
        _lines.Enqueue($"{DateTime.UtcNow:HH:mm:ss.fff} {line}");
        Count++;
        while (_lines.Count > KeptLines)
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

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Debug;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                log.Add($"{logLevel.ToString()[..4]} {category}: {formatter(state, exception)}{(exception is null ? "" : "\n  " + exception)}");
            }
        }
    }
}
