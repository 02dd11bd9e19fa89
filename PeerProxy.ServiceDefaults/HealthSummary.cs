using System.Text.Json.Serialization;

namespace PeerProxy.ServiceDefaults;

/// <summary>The body of a health endpoint. Exceptions and timings stay in the logs: the endpoint may be public.</summary>
internal sealed record HealthSummary(string Status, Dictionary<string, HealthSummaryEntry> Checks);

/// <summary>One check: its status and, if the check gave one, a sentence.</summary>
internal sealed record HealthSummaryEntry(string Status, string? Description);

/// <summary>Source-generated JSON for <see cref="HealthSummary"/>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HealthSummary))]
internal sealed partial class HealthSummaryJson : JsonSerializerContext;
