using System.Text.Json.Serialization;

namespace PeerProxy.Protocol.Signaling;

/// <summary>Generated serializers of the payloads. Duplicate members are refused so that two readers never see two different messages.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
    AllowDuplicateProperties = false,
    MaxDepth = SignalingLimits.MaxDepth)]
[JsonSerializable(typeof(ChallengePayload))]
[JsonSerializable(typeof(IdRequestPayload))]
[JsonSerializable(typeof(IdAssignedPayload))]
[JsonSerializable(typeof(IceServersPayload))]
[JsonSerializable(typeof(OfferPayload))]
[JsonSerializable(typeof(AnswerPayload))]
[JsonSerializable(typeof(CandidatePayload))]
[JsonSerializable(typeof(LeavePayload))]
[JsonSerializable(typeof(PingPayload))]
[JsonSerializable(typeof(PongPayload))]
[JsonSerializable(typeof(ErrorPayload))]
[JsonSerializable(typeof(DrainPayload))]
internal sealed partial class SignalingJsonContext : JsonSerializerContext;
