using System.Net;
using PeerProxy.Agent.Tunnel;
using PeerProxy.Protocol.Tunnel;

namespace PeerProxy.Agent.Forwarding;

/// <summary>A request body that is written to the target as its frames arrive: each frame is consumed, and gives its credit back, once the target's socket has taken it.</summary>
/// <param name="announcedBytes">The visitor's content-length; null: chunked.</param>
internal sealed class TunnelRequestContent(TunnelStream stream, long? announcedBytes) : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream target, TransportContext? context) =>
        SerializeToStreamAsync(target, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream target, TransportContext? context, CancellationToken cancellationToken)
    {
        long sent = 0;
        var isFinal = false;
        while (!isFinal)
        {
            var frame = await stream.ReadAsync().ConfigureAwait(false);
            if (frame.Type == FrameType.Trailers)
            {
                // Trailers of requests have no use at a target behind HTTP/1.1: they are read and dropped (RFC 9110 section 6.5.1 allows it).
                (_, isFinal) = await stream.ReadSectionAsync(frame).ConfigureAwait(false);
                continue;
            }

            using (frame)
            {
                isFinal = frame.IsFinal;
                sent += frame.Payload.Length;
                if (sent > announcedBytes)
                {
                    throw stream.Reset(TunnelErrorCode.Incomplete, "The request body is longer than announced.");
                }

                if (!frame.Payload.IsEmpty)
                {
                    await target.WriteAsync(frame.Payload, cancellationToken).ConfigureAwait(false);
                }
            }

            // A slow upload must reach the target as it comes, not when a buffer is full.
            if (!isFinal && !stream.IsReadable)
            {
                await target.FlushAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        if (announcedBytes is { } announced && announced != sent)
        {
            throw stream.Reset(TunnelErrorCode.Incomplete, $"{sent} bytes of the request body came instead of {announced}.");
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = announcedBytes ?? 0;
        return announcedBytes is not null;
    }
}
