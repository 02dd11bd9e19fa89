using System.Text.Json.Serialization;

namespace PeerProxy.Agent.Cookies;

/// <summary>Generated serializer of a session's cookies.</summary>
[JsonSourceGenerationOptions(UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(List<Cookie>))]
internal sealed partial class CookieJson : JsonSerializerContext;
