using PeerProxy.Protocol.Tunnel;

namespace PeerProxy.Agent.Tunnel;

/// <summary>A response as a visitor gets it. Disposing it before the body is read to its end cancels the exchange.</summary>
public sealed class TunnelResponse : IAsyncDisposable
{
    private readonly TunnelStream _stream;

    internal TunnelResponse(TunnelStream stream, int status, List<Field> fields, IReadOnlyList<List<Field>> informational, TunnelBodyStream body)
    {
        _stream = stream;
        Status = status;
        Fields = fields;
        Informational = informational;
        Body = body;
    }

    public int Status { get; }

    /// <summary>All fields but <c>:status</c>, in order.</summary>
    public IReadOnlyList<Field> Fields { get; }

    /// <summary>The 1xx heads that came before, with their <c>:status</c>.</summary>
    public IReadOnlyList<List<Field>> Informational { get; }

    public TunnelBodyStream Body { get; }

    /// <summary>The stream below, for tests of its limits.</summary>
    public TunnelStream Stream => _stream;

    /// <summary>The first value of a field, or null.</summary>
    public string? this[string name] => Fields.FirstOrDefault(field => field.Name == name).Value;

    public async ValueTask DisposeAsync()
    {
        _stream.Reset(TunnelErrorCode.Cancelled, "");
        await Body.DisposeAsync().ConfigureAwait(false);
    }
}
