using PeerProxy.Protocol.Signaling;

namespace PeerProxy.Signaling.Hosting;

/// <summary>Settings of a node; section <c>Signaling</c> of the configuration.</summary>
public sealed class SignalingOptions
{
    /// <summary>The visitor's URL of an agent; <c>{id}</c> stands for the peer id.</summary>
    public string PublicUrl { get; set; } = "http://{id}.localhost:5080";

    /// <summary>How long a registration outlives a node that died without a word. Refreshed three times in this span.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a name stays with a key that is not seen any more.</summary>
    public TimeSpan ClaimLifetime { get; set; } = TimeSpan.FromDays(90);

    /// <summary>How long a stopping node waits for agents to move to another one.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a stopping node waits for visitors: they need it for seconds only.</summary>
    public TimeSpan VisitorDrainTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Addresses or networks (<c>10.0.0.0/8</c>), separated by commas, whose <c>X-Forwarded-For</c> and <c>-Proto</c> are believed: the edge's.
    /// Empty: nobody's, and every client of an edge counts as the edge.</summary>
    public string TrustedProxies { get; set; } = "";

    /// <summary>The visitor's URL of one agent.</summary>
    public string UrlOf(PeerId id) => PublicUrl.Replace("{id}", id.Value, StringComparison.Ordinal);

    internal void Validate()
    {
        if (!PublicUrl.Contains("{id}", StringComparison.Ordinal)
            || !Uri.TryCreate(PublicUrl.Replace("{id}", "peer", StringComparison.Ordinal), UriKind.Absolute, out _))
        {
            throw new InvalidOperationException($"Signaling:PublicUrl must be an absolute URL with {{id}} in its host; it is '{PublicUrl}'.");
        }
        if (Lease < TimeSpan.FromSeconds(1) || ClaimLifetime <= Lease || DrainTimeout < TimeSpan.Zero || VisitorDrainTimeout < TimeSpan.Zero)
        {
            throw new InvalidOperationException(
                "Signaling:Lease must be at least 1 s, Signaling:ClaimLifetime longer than that, and the drain timeouts not negative.");
        }
    }
}
