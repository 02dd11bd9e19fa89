using System.Net;
using PeerProxy.Agent.Tunnel;
using PeerProxy.Protocol.Tunnel;

namespace PeerProxy.Agent.Forwarding;

/// <summary>A request body that is written to the target as its frames arrive: each frame is consumed, and gives its credit back, once the target's socket has taken it.</summary>
/// <param name="announcedBytes">The visitor's content-length; null: chunked.</param>
internal sealed class TunnelRequestContent(TunnelStream stream, long? announcedBytes) : HttpContent
{
    /// <summary>What a stopped upload is filled up with; never sent.</summary>
    private static readonly byte[] Filler = new byte[1024 * 1024];

    private readonly UploadWatch? _watch = announcedBytes <= UploadWatch.SmallBodyBytes ? null : new UploadWatch();

    /// <summary>True for bodies that may be stopped by an early response: their connection is not used again.</summary>
    public bool IsWatched => _watch is not null;

    protected override Task SerializeToStreamAsync(Stream target, TransportContext? context) =>
        SerializeToStreamAsync(target, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream target, TransportContext? context, CancellationToken cancellationToken)
    {
        if (_watch is null)
        {
            await CopyAsync(target, cancellationToken).ConfigureAwait(false);
            return;
        }

        UploadWatch.Current = _watch;
        using var stopping = _watch.Stopped.UnsafeRegister(static state => ((TunnelStream)state!).StopReceiving(), stream);

        // The head goes out at once, so that the connection learns of the watch before an answer can come.
        await target.FlushAsync(cancellationToken).ConfigureAwait(false);
        var sent = await CopyAsync(target, cancellationToken).ConfigureAwait(false);
        for (var rest = (announcedBytes ?? sent) - sent; rest > 0;)
        {
            var length = (int)Math.Min(rest, Filler.Length);
            await target.WriteAsync(Filler.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
            rest -= length;
        }

        _watch.Complete();
    }

    protected override bool TryComputeLength(out long length)
    {
        length = announcedBytes ?? 0;
        return announcedBytes is not null;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _watch?.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <returns>Bytes written; fewer than announced only when the target stopped the upload.</returns>
    private async Task<long> CopyAsync(Stream target, CancellationToken cancellationToken)
    {
        long sent = 0;
        try
        {
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
                    if (sent + frame.Payload.Length > announcedBytes)
                    {
                        throw stream.Reset(TunnelErrorCode.Incomplete, "The request body is longer than announced.");
                    }

                    if (!frame.Payload.IsEmpty)
                    {
                        await target.WriteAsync(frame.Payload, cancellationToken).ConfigureAwait(false);
                        sent += frame.Payload.Length;
                    }
                }

                // A slow upload must reach the target as it comes, not when a buffer is full.
                if (!isFinal && !stream.IsReadable)
                {
                    await target.FlushAsync(cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (TunnelStreamException) when (_watch?.Stopped.IsCancellationRequested == true && stream.Failure is null)
        {
            return sent;
        }

        if (announcedBytes is { } announced && announced != sent)
        {
            throw stream.Reset(TunnelErrorCode.Incomplete, $"{sent} bytes of the request body came instead of {announced}.");
        }

        return sent;
    }
}
