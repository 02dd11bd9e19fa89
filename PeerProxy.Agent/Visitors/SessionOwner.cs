namespace PeerProxy.Agent.Visitors;

/// <summary>Whose session it is: the visitor's DTLS certificate, and the key of its browser profile if it has one.</summary>
/// <param name="Fingerprint">SHA-256 fingerprint of the visitor's certificate, as in its offer.</param>
/// <param name="SessionKey">Public session key, or null.</param>
internal sealed record SessionOwner(string Fingerprint, string? SessionKey);
