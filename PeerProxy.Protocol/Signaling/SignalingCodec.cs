using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;

namespace PeerProxy.Protocol.Signaling;

/// <summary>Reads and writes signaling messages (docs/protocol.md, section 6).</summary>
/// <remarks>Reading never throws on what a peer sent; unknown members are ignored, a member that occurs twice is refused.</remarks>
public static class SignalingCodec
{
    // "<", "&" and "+" occur in SDP and need no escaping in a WebSocket message: nothing embeds it in HTML.
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // An offer with its candidates; what a rare larger message needed is not kept.
    private const int UsualMessageBytes = 4096;
    private const int KeptBufferBytes = 16 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    /// <summary>Reads one message.</summary>
    /// <param name="message">UTF-8 JSON, the whole message.</param>
    /// <param name="envelope">The message; null on failure.</param>
    /// <param name="error">Why it failed: <see cref="SignalingErrorCode.TooLarge"/>, <see cref="SignalingErrorCode.BadMessage"/> or
    /// <see cref="SignalingErrorCode.UnknownType"/>.</param>
    public static bool TryRead(ReadOnlySpan<byte> message, out SignalingEnvelope? envelope, out SignalingErrorCode error) =>
        TryRead(message, out envelope, out error, out _);

    /// <inheritdoc cref="TryRead(ReadOnlySpan{byte}, out SignalingEnvelope?, out SignalingErrorCode)"/>
    /// <param name="messageType">The <c>mtype</c>, also of a message that failed after it was read; for the error's <c>about</c>.</param>
    public static bool TryRead(
        ReadOnlySpan<byte> message, out SignalingEnvelope? envelope, out SignalingErrorCode error, out string? messageType)
    {
        envelope = null;
        messageType = null;
        if (message.Length > SignalingLimits.MaxMessageBytes)
        {
            error = SignalingErrorCode.TooLarge;
            return false;
        }
        error = SignalingErrorCode.BadMessage;
        if (!Utf8.IsValid(message))
        {
            return false;
        }
        try
        {
            if (!EnvelopeParts.TryRead(message, out var parts))
            {
                return false;
            }
            messageType = parts.MessageType;
            if (!TryGetPayloadType(parts.MessageType, out var typeInfo))
            {
                error = SignalingErrorCode.UnknownType;
                return false;
            }
            var payloadJson = parts.PayloadLength == 0 ? "{}"u8 : message.Slice(parts.PayloadStart, parts.PayloadLength);
            if (JsonSerializer.Deserialize(payloadJson, typeInfo) is not SignalingPayload payload || !payload.IsAcceptable())
            {
                return false;
            }
            envelope = new SignalingEnvelope(payload, parts.Recipient, parts.Sender);
            error = SignalingErrorCode.None;
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
        catch (InvalidOperationException)
        {
            // The reader's answer to a string with a lone surrogate escape.
            return false;
        }
    }

    /// <summary>Writes one message as UTF-8 JSON.</summary>
    public static byte[] Write(SignalingEnvelope envelope)
    {
        var buffer = _buffer ??= new ArrayBufferWriter<byte>(UsualMessageBytes);
        try
        {
            Write(envelope, buffer);
            return buffer.WrittenSpan.ToArray();
        }
        finally
        {
            buffer.ResetWrittenCount();
            if (buffer.Capacity > KeptBufferBytes)
            {
                _buffer = null;
            }
        }
    }

    /// <inheritdoc cref="Write(SignalingEnvelope)"/>
    public static void Write(SignalingEnvelope envelope, IBufferWriter<byte> destination)
    {
        using var writer = new Utf8JsonWriter(destination, WriterOptions);
        var payload = envelope.Payload;
        writer.WriteStartObject();
        writer.WriteString("mtype"u8, payload.MessageType);
        if (envelope.Recipient is not null)
        {
            writer.WriteString("recipient"u8, envelope.Recipient);
        }
        if (envelope.Sender is not null)
        {
            writer.WriteString("sender"u8, envelope.Sender);
        }
        writer.WritePropertyName("payload"u8);
        if (!TryGetPayloadType(payload.MessageType, out var typeInfo))
        {
            throw new InvalidOperationException($"No serializer for '{payload.MessageType}'.");
        }
        JsonSerializer.Serialize(writer, payload, typeInfo);
        writer.WriteEndObject();
    }

    private static bool TryGetPayloadType(string messageType, out JsonTypeInfo typeInfo)
    {
        var context = SignalingJsonContext.Default;
        JsonTypeInfo? found = messageType switch
        {
            SignalingMessageType.Challenge => context.ChallengePayload,
            SignalingMessageType.IdRequest => context.IdRequestPayload,
            SignalingMessageType.IdAssigned => context.IdAssignedPayload,
            SignalingMessageType.IceServers => context.IceServersPayload,
            SignalingMessageType.Offer => context.OfferPayload,
            SignalingMessageType.Answer => context.AnswerPayload,
            SignalingMessageType.Candidate => context.CandidatePayload,
            SignalingMessageType.Leave => context.LeavePayload,
            SignalingMessageType.Ping => context.PingPayload,
            SignalingMessageType.Pong => context.PongPayload,
            SignalingMessageType.Error => context.ErrorPayload,
            SignalingMessageType.Drain => context.DrainPayload,
            _ => null,
        };
        typeInfo = found!;
        return found is not null;
    }
}
