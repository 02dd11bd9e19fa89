using System.Text.Json;

namespace PeerProxy.Agent.Forwarding;

/// <summary>A CONTROL message of a visitor, as far as the agent knows it.</summary>
/// <param name="Cookie">What a script assigned to <c>document.cookie</c>.</param>
/// <param name="Path">Path of the document.</param>
public readonly record struct ControlMessage(string Type, string Cookie, string Path)
{
    public const string DocumentCookie = "document-cookie";

    /// <summary>False for what is no JSON object, has no type, or lacks what its type needs.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, out ControlMessage message)
    {
        message = default;
        try
        {
            var reader = new Utf8JsonReader(json);
            using var document = JsonDocument.ParseValue(ref reader);
            var root = document.RootElement;
            if (Text(root, "type") is not { } type)
            {
                return false;
            }

            var path = Uri.TryCreate(Text(root, "url"), UriKind.Absolute, out var url) ? url.AbsolutePath : "/";
            message = new ControlMessage(type, Text(root, "cookie") ?? "", path);
            return true;
        }
        catch (JsonException)
        {
            // Peers may send anything; a control message is a hint at most.
            return false;
        }
    }

    private static string? Text(JsonElement root, string name) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
