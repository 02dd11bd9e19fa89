using PeerProxy.WebRtc.Ice;

namespace PeerProxy.WebRtc.Hosting.Servers;

/// <summary>A STUN or TURN server in use, shared by all connections. On the loop only.</summary>
internal abstract class ServerLink(IceServerAddress address) : IDisposable
{
    public IceServerAddress Address { get; } = address;

    /// <summary>What it has given us so far.</summary>
    public List<IceCandidate> Candidates { get; } = [];

    /// <summary>Nothing more is to be expected of it soon: it answered, or it failed.</summary>
    public bool IsSettled { get; protected set; }

    public bool HasFailed { get; protected set; }

    public abstract Timestamp NextDeadline { get; }

    /// <summary>Takes what the server sent.</summary>
    /// <returns>True when it was for this link.</returns>
    public abstract bool Handle(ReadOnlySpan<byte> message, in TransportAddress source, Timestamp now);

    public abstract void HandleTimeout(Timestamp now);

    /// <summary>Sends what waits and looks for news.</summary>
    /// <returns>True when candidates or <see cref="IsSettled"/> changed.</returns>
    public abstract bool Drain(Timestamp now);

    /// <summary>Says goodbye to the server where it matters.</summary>
    public virtual void Close(Timestamp now)
    {
    }

    public virtual void Dispose()
    {
    }
}
