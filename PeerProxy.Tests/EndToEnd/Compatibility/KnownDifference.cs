namespace PeerProxy.Tests.EndToEnd.Compatibility;

/// <summary>A case that differs from the direct visit for a reason no code of ours can remove. Its proxied result is asserted all the same.</summary>
/// <param name="Note">Why, and what it means for a person; stands in the table.</param>
/// <param name="Browser">Null: in both browsers.</param>
/// <param name="Proxied">The proxied result, as JSON text, or a part of it.</param>
public sealed record KnownDifference(string Group, string Name, string? Browser, string Note, string Proxied);
