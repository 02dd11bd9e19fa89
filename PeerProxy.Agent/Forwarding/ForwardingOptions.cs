namespace PeerProxy.Agent.Forwarding;

/// <summary>How requests are forwarded.</summary>
public sealed class ForwardingOptions
{
    public required TargetAddress Target { get; init; }

    /// <summary>Accept any certificate of an https target: for self-signed ones on a network that is trusted. Default false.</summary>
    public bool AcceptAnyCertificate { get; init; }

    /// <summary>Send X-Forwarded-Host and X-Forwarded-Proto with the visitor's origin. Off by default: frameworks that read them also compare them with Origin.</summary>
    public bool SendForwardedHost { get; init; }

    /// <summary>How long the target may take until its response head. Default 2 minutes, as reverse proxies allow for slow pages; long polls are shorter.</summary>
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromMinutes(2);
}
