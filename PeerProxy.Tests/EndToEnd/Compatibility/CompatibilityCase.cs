namespace PeerProxy.Tests.EndToEnd.Compatibility;

/// <summary>What one case came to in one visit.</summary>
/// <param name="Value">What the page saw, as JSON text; null when the case failed.</param>
/// <param name="Error">Why there is no value.</param>
public sealed record CaseResult(string? Value, string? Error)
{
    public override string ToString() => Value ?? $"failed: {Error}";
}

/// <summary>A case by its group (a page, or "walks") and its name.</summary>
public readonly record struct CompatibilityCase(string Group, string Name);
