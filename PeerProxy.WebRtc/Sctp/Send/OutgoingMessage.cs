
namespace PeerProxy.WebRtc.Sctp.Send;

/// <summary>A message on its way: its bytes (copied once, from the user), how it is sent, and how far it got. Pooled by <see cref="SendQueue"/>.</summary>
internal sealed class OutgoingMessage
{
    public const int Unlimited = -1;

    public byte[] Buffer { get; private set; } = [];

    public int Length { get; private set; }

    public OutgoingStream Stream { get; private set; } = null!;

    public uint PayloadProtocol { get; private set; }

    public bool IsUnordered { get; private set; }

    public byte Urgency { get; private set; }

    /// <summary>Retransmissions allowed per fragment, or <see cref="Unlimited"/>.</summary>
    public int MaxRetransmits { get; private set; }

    public Timestamp ExpiresAt { get; private set; }

    public bool IsReliable => MaxRetransmits == Unlimited && ExpiresAt == Timestamp.Never;

    /// <summary>SSN or MID, given with the first fragment.</summary>
    public uint Number { get; set; }

    /// <summary>Bytes already cut into fragments.</summary>
    public int SentBytes { get; set; }

    public uint NextFragment { get; set; }

    /// <summary>Fragments in flight or waiting to be sent again.</summary>
    public int OpenFragments { get; set; }

    public bool IsAbandoned { get; set; }

    /// <summary>Next in its stream's queue.</summary>
    public OutgoingMessage? Next { get; set; }

    public int RemainingBytes => Length - SentBytes;

    public bool IsFullySent => SentBytes == Length;

    public void Fill(OutgoingStream stream, uint payloadProtocol, ReadOnlySpan<byte> message, in SctpSendOptions options, Timestamp now)
    {
        Buffer = MessageBuffers.Rent(message.Length);
        message.CopyTo(Buffer);
        Length = message.Length;
        Stream = stream;
        PayloadProtocol = payloadProtocol;
        IsUnordered = options.Unordered;
        Urgency = options.Urgency;
        MaxRetransmits = options.MaxRetransmits ?? Unlimited;
        ExpiresAt = options.Lifetime is { } lifetime ? now + lifetime : Timestamp.Never;
        Number = 0;
        SentBytes = 0;
        NextFragment = 0;
        OpenFragments = 0;
        IsAbandoned = false;
        Next = null;
    }

    public void ReturnBuffer()
    {
        if (Buffer.Length > 0)
        {
            MessageBuffers.Return(Buffer);
            Buffer = [];
        }
    }
}
