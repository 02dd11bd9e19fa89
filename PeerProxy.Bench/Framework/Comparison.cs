namespace PeerProxy.Bench.Framework;

/// <summary>A figure that is judged: usually our median over that of a peer in the same run.</summary>
/// <param name="Name">What is compared.</param>
/// <param name="Value">The figure.</param>
/// <param name="AtLeast">The goal, when more is better.</param>
/// <param name="AtMost">The goal, when less is better.</param>
/// <param name="Unit"><c>x</c> for ratios.</param>
public sealed record Comparison(string Name, double Value, double? AtLeast, double? AtMost, string Unit)
{
    /// <summary>Null without a goal.</summary>
    public bool? IsMet => (AtLeast, AtMost) switch
    {
        ({ } least, _) => Value >= least,
        (_, { } most) => Value <= most,
        _ => null,
    };

    public string Goal => (AtLeast, AtMost) switch
    {
        ({ } least, _) => FormattableString.Invariant($">= {least:0.###} {Unit}"),
        (_, { } most) => FormattableString.Invariant($"<= {most:0.###} {Unit}"),
        _ => "",
    };
}
