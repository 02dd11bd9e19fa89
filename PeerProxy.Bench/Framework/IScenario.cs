namespace PeerProxy.Bench.Framework;

/// <summary>One measurement that can be asked for by name.</summary>
public interface IScenario
{
    /// <summary>The word on the command line and the folder of the results: lower case, hyphens.</summary>
    string Name { get; }

    /// <summary>One line for the list of scenarios.</summary>
    string Description { get; }

    /// <summary>Measures into <see cref="BenchContext.Results"/>.</summary>
    /// <exception cref="ScenarioUnavailableException">Something the scenario needs is not on this machine.</exception>
    Task RunAsync(BenchContext context, CancellationToken cancellationToken);
}

/// <summary>A scenario cannot run on this machine; the message says what is missing.</summary>
public sealed class ScenarioUnavailableException(string message) : Exception(message);
