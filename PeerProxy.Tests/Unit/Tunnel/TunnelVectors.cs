using System.Text.Json;
using System.Text.Json.Nodes;
using PeerProxy.Protocol.Tunnel;

namespace PeerProxy.Tests.Unit.Tunnel;

/// <summary>Reads the vectors that the TypeScript client's tests read too.</summary>
internal static class TunnelVectors
{
    public static IEnumerable<JsonObject> Read(string file, string part) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Vectors", file)))![part]!.AsArray().Select(row => row!.AsObject());

    /// <summary>Theory rows: the name of each case.</summary>
    public static TheoryData<string> Names(string file, string part) => [.. Read(file, part).Select(row => Text(row, "name"))];

    public static JsonObject Case(string file, string part, string name) => Read(file, part).Single(row => Text(row, "name") == name);

    public static byte[] Bytes(JsonObject row, string member) => Convert.FromHexString(Text(row, member));

    public static string Text(JsonObject row, string member) => row[member]!.GetValue<string>();

    public static int Number(JsonObject row, string member) => row[member]!.GetValue<int>();

    public static bool Flag(JsonObject row, string member) => row[member]?.GetValue<bool>() ?? false;

    public static T As<T>(JsonObject row, string member) => row[member].Deserialize<T>(JsonSerializerOptions.Web)!;

    /// <summary>FLOW_CONTROL to <see cref="TunnelErrorCode.FlowControl"/>.</summary>
    public static TunnelErrorCode Error(JsonObject row) => Enum.Parse<TunnelErrorCode>(Text(row, "error").Replace("_", "", StringComparison.Ordinal), ignoreCase: true);
}
