namespace PeerProxy.Signaling.Turn;

/// <summary>The STUN and TURN servers both sides get; section <c>Turn</c> of the configuration.</summary>
public sealed class TurnOptions
{
    /// <summary>The secret shared with coturn (<c>static-auth-secret</c>); without it no TURN credentials are made.</summary>
    public string? Secret { get; set; }

    /// <summary><c>turn:</c> and <c>turns:</c> URLs.</summary>
    public List<string> Uris { get; set; } = [];

    /// <summary><c>stun:</c> URLs.</summary>
    public List<string> StunUris { get; set; } = [];

    /// <summary>How long credentials are valid: a leaked one ends soon, and renewal is a rare message.</summary>
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long before their end new credentials are sent: at least several refreshes of a relay allocation (10 minutes each).</summary>
    public TimeSpan RenewBefore { get; set; } = TimeSpan.FromMinutes(15);

    internal void Validate()
    {
        if (Lifetime <= RenewBefore || RenewBefore <= TimeSpan.Zero)
        {
            throw new InvalidOperationException($"Turn:Lifetime ({Lifetime}) must be longer than Turn:RenewBefore ({RenewBefore}), and that above 0.");
        }
        if (Uris.Count > 0 && string.IsNullOrEmpty(Secret))
        {
            throw new InvalidOperationException("Turn:Uris needs Turn:Secret, the static-auth-secret of the TURN server.");
        }
    }
}
