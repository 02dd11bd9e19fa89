namespace PeerProxy.Agent.Cookies;

/// <summary>The SameSite attribute (RFC 6265bis section 5.6.7).</summary>
public enum SameSite
{
    /// <summary>Not given: as Lax, as browsers do.</summary>
    Default,

    /// <summary>Sent with every request.</summary>
    None,

    /// <summary>Not sent with cross-site requests, except top-level navigations with a safe method.</summary>
    Lax,

    /// <summary>Never sent with cross-site requests.</summary>
    Strict,
}

/// <summary>A stored cookie (RFC 6265bis section 5.7).</summary>
public sealed record Cookie
{
    public required string Name { get; init; }

    public required string Value { get; init; }

    /// <summary>Lower case, without a leading dot.</summary>
    public required string Domain { get; init; }

    public required string Path { get; init; }

    /// <summary>Sent to exactly <see cref="Domain"/>, not to hosts below it.</summary>
    public bool HostOnly { get; init; }

    public bool Secure { get; init; }

    public bool HttpOnly { get; init; }

    public SameSite SameSite { get; init; }

    /// <summary>Null: a session cookie.</summary>
    public DateTimeOffset? Expires { get; init; }

    public DateTimeOffset Created { get; init; }

    public DateTimeOffset LastAccess { get; init; }

    /// <summary>Never the value: cookies do not belong into logs.</summary>
    public override string ToString() => $"{Name} ({Domain}{Path})";
}
