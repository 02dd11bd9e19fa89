namespace PeerProxy.Bench.Framework;

/// <summary>What a scenario is given.</summary>
public sealed class BenchContext(bool isQuick, ScenarioResults results, IProgress<ScenarioProgress> progress, string artifactsFolder)
{
    /// <summary>Fewer repetitions and smaller sizes, so that the scenario ends within two minutes.</summary>
    public bool IsQuick => isQuick;

    public ScenarioResults Results => results;

    /// <summary>For tools that scenarios install and for files that outlive the run; not under version control.</summary>
    public string ArtifactsFolder => artifactsFolder;

    /// <summary>Repetitions: <paramref name="full"/>, or <paramref name="quick"/> in a quick run.</summary>
    public int Repeats(int full, int quick) => isQuick ? quick : full;

    /// <summary>Moves the progress bar.</summary>
    /// <param name="done">Steps that are over.</param>
    /// <param name="total">Steps in all.</param>
    /// <param name="step">What runs now.</param>
    public void Report(int done, int total, string step) => progress.Report(new ScenarioProgress(done, total, step));
}

/// <summary>Where a scenario is.</summary>
public readonly record struct ScenarioProgress(int Done, int Total, string Step);
