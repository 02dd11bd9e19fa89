using System.Text.Json.Serialization;

namespace PeerProxy.Agent.Identity;

/// <summary>Generated serializer of the remembered ids.</summary>
[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class AgentIdsJson : JsonSerializerContext;
