namespace PeerProxy.Agent.Forwarding;

/// <summary>Notices that a target answers before it has read the whole request, and stops the upload.</summary>
/// <remarks>
/// <see cref="SocketsHttpHandler"/> reads the response only after the request body is sent, so a "413 too large" in the middle of an upload would wait for bytes that
/// the target never reads. The watch sees the response's first bytes on the connection (<see cref="WatchedStream"/>). From then on the rest of the body goes nowhere,
/// the handler is content, and the response is delivered. Such requests ask for <c>Connection: close</c>, so no later request meets the connection.
/// <code>
/// body =&gt; handler =&gt; WatchedStream =&gt; target        a final status of 300 or more while the body is being sent:
///              watch &lt;= first bytes of the response   1 StopReceiving    2 writes are dropped    3 the body pretends to be complete
/// </code>
/// </remarks>
internal sealed class UploadWatch : IDisposable
{
    /// <summary>Smaller bodies fit into the socket's buffers and are sent before any answer.</summary>
    public const int SmallBodyBytes = 64 * 1024;

    private const int LowestStoppingStatus = 300;

    private static readonly AsyncLocal<UploadWatch?> CurrentFlow = new();

    private readonly CancellationTokenSource _stopped = new();
    private volatile bool _isComplete;

    /// <summary>The upload that the calling flow is writing; how a connection learns whose it is.</summary>
    public static UploadWatch? Current
    {
        get => CurrentFlow.Value;
        set => CurrentFlow.Value = value;
    }

    /// <summary>Cancelled when the target does not want the rest.</summary>
    public CancellationToken Stopped => _stopped.Token;

    /// <summary>The body was sent: what arrives now is an ordinary response.</summary>
    public void Complete() => _isComplete = true;

    /// <summary>Looks at the first bytes of a response.</summary>
    public void OnResponse(ReadOnlySpan<byte> bytes)
    {
        // "HTTP/1.1 413 ..."; a status cut apart by the network is not worth waiting for: the upload goes on as usual.
        if (!_isComplete && bytes.Length >= 12 && bytes.StartsWith("HTTP/1."u8)
            && int.TryParse(bytes[9..12], System.Globalization.NumberStyles.None, null, out var status) && status >= LowestStoppingStatus)
        {
            _isComplete = true;
            _stopped.Cancel();
        }
    }

    public void Dispose() => _stopped.Dispose();
}
