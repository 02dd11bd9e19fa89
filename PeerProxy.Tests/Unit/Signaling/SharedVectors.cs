using System.Text.Json;
using System.Text.Json.Nodes;

namespace PeerProxy.Tests.Unit.Signaling;

/// <summary>Reads vectors that the TypeScript client's tests read too.</summary>
internal static class SharedVectors
{
    public static IEnumerable<JsonElement> Read(string file, string part)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Vectors", file)));
        return [.. document.RootElement.GetProperty(part).EnumerateArray().Select(row => row.Clone())];
    }

    /// <summary>Theory rows: the name of each case.</summary>
    public static TheoryData<string> Names(string file, string part) => [.. Read(file, part).Select(row => Text(row, "name")!)];

    public static JsonElement Case(string file, string part, string name) => Read(file, part).Single(row => Text(row, "name") == name);

    public static string? Text(JsonElement row, string member) => row.TryGetProperty(member, out var value) ? value.GetString() : null;

    public static bool SameJson(string left, string right) => JsonNode.DeepEquals(JsonNode.Parse(left), JsonNode.Parse(right));
}
