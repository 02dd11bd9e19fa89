using System.Text.Json.Serialization;

namespace PeerProxy.Protocol.Signaling;

/// <summary>What one signaling message says; one derived record per <c>mtype</c> (docs/protocol.md, section 6).</summary>
public abstract record SignalingPayload
{
    private protected SignalingPayload(string messageType) => MessageType = messageType;

    /// <summary>The <c>mtype</c> of the envelope that carries this payload.</summary>
    [JsonIgnore]
    public string MessageType { get; }

    /// <summary>Whether a readable payload is also acceptable: required members are there, lengths and ranges hold.</summary>
    internal abstract bool IsAcceptable();
}
