using System.Buffers;

namespace PeerProxy.WebRtc.Sctp;

/// <summary>What an <see cref="SctpEvent"/> tells.</summary>
public enum SctpEventKind
{
    /// <summary><see cref="SctpAssociation.State"/> is now <see cref="SctpEvent.State"/>.</summary>
    StateChanged,

    /// <summary>A whole message arrived; the receiver disposes <see cref="SctpEvent.Payload"/>.</summary>
    Message,

    /// <summary>The peer reset its side of <see cref="SctpEvent.StreamId"/>: no more data of the old use comes (RFC 6525).</summary>
    IncomingStreamReset,

    /// <summary>Our reset of <see cref="SctpEvent.StreamId"/> was done by the peer: the id can be used anew.</summary>
    OutgoingStreamReset,

    /// <summary>The peer refused our reset of <see cref="SctpEvent.StreamId"/>.</summary>
    OutgoingStreamResetFailed,

    /// <summary>Bytes queued on <see cref="SctpEvent.StreamId"/> fell to its threshold.</summary>
    BufferedAmountLow,

    /// <summary>The peer started over with a new association on the same path; streams and queues began anew (RFC 9260 5.2.4.1).</summary>
    PeerRestarted,

    /// <summary>The association ended; nothing follows.</summary>
    Closed,
}

/// <summary>One thing the user of an association should know; polled, never raised in the middle of a call.</summary>
public readonly struct SctpEvent
{
    public SctpEventKind Kind { get; init; }

    public SctpState State { get; init; }

    public ushort StreamId { get; init; }

    /// <summary>Payload protocol identifier of a message.</summary>
    public uint PayloadProtocol { get; init; }

    /// <summary>The message was sent unordered.</summary>
    public bool Unordered { get; init; }

    /// <summary>Pooled buffer whose first <see cref="Length"/> bytes are the message.</summary>
    public IMemoryOwner<byte>? Payload { get; init; }

    /// <summary>Message length in bytes.</summary>
    public int Length { get; init; }

    /// <summary>What the message takes of the receive window until it is given to <see cref="SctpAssociation.ReleaseReceived"/>.</summary>
    public int WindowBytes { get; init; }

    public SctpCloseReason CloseReason { get; init; }

    /// <summary>Cause in words, for logs; never bytes of the peer.</summary>
    public string? Detail { get; init; }

    public ReadOnlyMemory<byte> Data => Payload is null ? default : Payload.Memory[..Length];
}
