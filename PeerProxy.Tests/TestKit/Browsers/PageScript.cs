using System.Text.Json;

namespace PeerProxy.Tests.TestKit.Browsers;

/// <summary>Arguments and results cross into a page as JSON text: both browsers then behave alike.</summary>
internal static class PageScript
{
    public static string Wrap(string asyncFunctionBody) =>
        $$"""
        async (argumentText) => {
          const arg = JSON.parse(argumentText);
          const result = await (async () => {
            {{asyncFunctionBody}}
          })();
          return JSON.stringify(result === undefined ? null : result);
        }
        """;

    public static bool IsSite(string pageUrl, string frameUrl) =>
        Uri.TryCreate(pageUrl, UriKind.Absolute, out var page)
        && Uri.TryCreate(frameUrl, UriKind.Absolute, out var frame)
        && page.GetLeftPart(UriPartial.Authority) == frame.GetLeftPart(UriPartial.Authority)
        && !frame.AbsolutePath.StartsWith("/.peerproxy/", StringComparison.Ordinal);

    public static string Argument(object? argument) => JsonSerializer.Serialize(argument);

    public static JsonElement Result(string? text)
    {
        using var document = JsonDocument.Parse(text ?? "null");
        return document.RootElement.Clone();
    }
}
