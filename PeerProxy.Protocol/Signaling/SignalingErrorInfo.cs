using System.Collections.Frozen;

namespace PeerProxy.Protocol.Signaling;

/// <summary>What goes with a <see cref="SignalingErrorCode"/>.</summary>
/// <param name="Code">The code.</param>
/// <param name="Name">Its name on the wire, kebab-case.</param>
/// <param name="Message">A sentence for people.</param>
/// <param name="Retryable">The same request can succeed later.</param>
/// <param name="Permanent">An agent that gets it stops: reconnecting with the same key and name cannot succeed.</param>
public sealed record SignalingErrorInfo(SignalingErrorCode Code, string Name, string Message, bool Retryable, bool Permanent)
{
    private static readonly SignalingErrorInfo[] All =
    [
        new(SignalingErrorCode.None, "none", "No error.", Retryable: false, Permanent: false),
        new(SignalingErrorCode.BadMessage, "bad-message", "The message could not be understood.", Retryable: false, Permanent: false),
        new(SignalingErrorCode.TooLarge, "too-large", "The message is larger than 64 KiB.", Retryable: false, Permanent: false),
        new(SignalingErrorCode.UnknownType, "unknown-type", "This type of message is not known here.", Retryable: false, Permanent: false),
        new(SignalingErrorCode.UnknownPeer, "unknown-peer", "Nobody has ever used this name.", Retryable: false, Permanent: false),
        new(SignalingErrorCode.PeerOffline, "peer-offline", "The machine behind this name is not connected right now.", Retryable: true, Permanent: false),
        new(SignalingErrorCode.NameTaken, "name-taken", "This name belongs to another key.", Retryable: false, Permanent: true),
        new(SignalingErrorCode.NameInvalid, "name-invalid",
            "A name has 4 to 40 characters of a-z, 0-9 and hyphen, no hyphen at either end, and is not reserved.", Retryable: false, Permanent: true),
        new(SignalingErrorCode.BadSignature, "bad-signature", "The signature does not match the key.", Retryable: false, Permanent: true),
        new(SignalingErrorCode.Superseded, "superseded", "The same key registered again from somewhere else.", Retryable: false, Permanent: true),
        new(SignalingErrorCode.RateLimited, "rate-limited", "Too many requests; try again in a moment.", Retryable: true, Permanent: false),
        new(SignalingErrorCode.Busy, "busy", "This signaling node is full; try again in a moment.", Retryable: true, Permanent: false),
        new(SignalingErrorCode.Unavailable, "unavailable", "The registry cannot be reached; try again in a moment.", Retryable: true, Permanent: false),
        new(SignalingErrorCode.NotRegistered, "not-registered", "Register before sending this.", Retryable: true, Permanent: false),
        new(SignalingErrorCode.Version, "version", "This version of the protocol is not spoken here.", Retryable: false, Permanent: true),
    ];

    private static readonly FrozenDictionary<string, SignalingErrorInfo> ByName = All.ToFrozenDictionary(info => info.Name, StringComparer.Ordinal);

    /// <summary>The description of a code.</summary>
    public static SignalingErrorInfo Of(SignalingErrorCode code) => All[(int)code];

    /// <summary>Finds a code by its name on the wire; false for a name of a newer version.</summary>
    public static bool TryParse(string name, out SignalingErrorCode code)
    {
        var found = ByName.TryGetValue(name, out var info);
        code = info?.Code ?? SignalingErrorCode.None;
        return found;
    }
}
