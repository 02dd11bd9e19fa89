using System.Text.Json;

namespace PeerProxy.Protocol.Signaling;

/// <summary>The members of an envelope, with the payload left where it is in the message.</summary>
internal readonly struct EnvelopeParts
{
    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = SignalingLimits.MaxDepth };

    private EnvelopeParts(string messageType, string? recipient, string? sender, int payloadStart, int payloadLength)
    {
        MessageType = messageType;
        Recipient = recipient;
        Sender = sender;
        PayloadStart = payloadStart;
        PayloadLength = payloadLength;
    }

    public string MessageType { get; }

    public string? Recipient { get; }

    public string? Sender { get; }

    public int PayloadStart { get; }

    /// <summary>0 when the message has no payload.</summary>
    public int PayloadLength { get; }

    /// <summary>Walks the top level once. Throws what <see cref="Utf8JsonReader"/> throws on malformed JSON; the codec catches it.</summary>
    public static bool TryRead(ReadOnlySpan<byte> message, out EnvelopeParts parts)
    {
        parts = default;
        string? messageType = null, recipient = null, sender = null;
        int payloadStart = 0, payloadLength = 0;
        var reader = new Utf8JsonReader(message, ReaderOptions);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("mtype"u8))
            {
                if (messageType is not null || !TryReadText(ref reader, SignalingLimits.MaxWordLength, out messageType) || messageType is null)
                {
                    return false;
                }
            }
            else if (reader.ValueTextEquals("recipient"u8))
            {
                if (recipient is not null || !TryReadText(ref reader, SignalingLimits.MaxIdLength, out recipient))
                {
                    return false;
                }
            }
            else if (reader.ValueTextEquals("sender"u8))
            {
                if (sender is not null || !TryReadText(ref reader, SignalingLimits.MaxIdLength, out sender))
                {
                    return false;
                }
            }
            else if (reader.ValueTextEquals("payload"u8))
            {
                if (payloadLength != 0 || !reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                {
                    return false;
                }
                payloadStart = (int)reader.TokenStartIndex;
                reader.Skip();
                payloadLength = (int)reader.BytesConsumed - payloadStart;
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
        // One more read reports bytes after the object.
        if (reader.TokenType != JsonTokenType.EndObject || reader.Read() || messageType is null)
        {
            return false;
        }
        parts = new EnvelopeParts(messageType, recipient, sender, payloadStart, payloadLength);
        return true;
    }

    private static bool TryReadText(ref Utf8JsonReader reader, int maxLength, out string? text)
    {
        text = null;
        if (!reader.Read())
        {
            return false;
        }
        if (reader.TokenType == JsonTokenType.Null)
        {
            return true;
        }
        if (reader.TokenType != JsonTokenType.String)
        {
            return false;
        }
        text = reader.GetString();
        return text is not null && text.Length <= maxLength;
    }
}
