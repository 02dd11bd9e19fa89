using System.Text.Json;
using System.Text.Json.Serialization;

namespace PeerProxy.Protocol.Tunnel;

/// <summary>A CONTROL message about lanes (docs/protocol.md, section 8).</summary>
/// <param name="Type">One of the constants.</param>
/// <param name="Lane">Number of the lane, 1 to <see cref="MaxLanes"/>; in <see cref="Wanted"/> how many lanes there should be.</param>
/// <param name="Sdp">The description, in offers and answers.</param>
/// <param name="Candidate">The attribute value, in candidates; empty: end of candidates.</param>
public sealed record LaneMessage(string Type, int Lane, string? Sdp = null, string? Candidate = null)
{
    /// <summary>Agent to visitor: so many lanes would help.</summary>
    public const string Wanted = "lanes";

    /// <summary>Visitor to agent: opens a lane, or restarts its ICE.</summary>
    public const string Offer = "lane-offer";

    /// <summary>Agent to visitor.</summary>
    public const string Answer = "lane-answer";

    /// <summary>Both ways.</summary>
    public const string Trickle = "lane-candidate";

    /// <summary>Lanes besides the first association: what a lossy upload gains by more is little, what it takes from others is not.</summary>
    public const int MaxLanes = 7;

    /// <summary>Reads a CONTROL payload; false when it is about something else, or malformed (which CONTROL forgives).</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, out LaneMessage message)
    {
        message = null!;
        try
        {
            var read = JsonSerializer.Deserialize(json, LaneJsonContext.Default.LaneMessage);
            var isComplete = read is { Lane: >= 1 and <= MaxLanes } && read.Type switch
            {
                Wanted => true,
                Offer or Answer => read.Sdp is not null,
                Trickle => read.Candidate is not null,
                _ => false,
            };
            message = read!;
            return isComplete;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, LaneJsonContext.Default.LaneMessage);
}

/// <summary>Generated serializer.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(LaneMessage))]
internal sealed partial class LaneJsonContext : JsonSerializerContext;
