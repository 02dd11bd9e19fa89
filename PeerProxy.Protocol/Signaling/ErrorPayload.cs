namespace PeerProxy.Protocol.Signaling;

/// <summary>Something was refused.</summary>
/// <param name="Code">A name of <see cref="SignalingErrorCode"/>; a newer peer may send one this code does not know.</param>
/// <param name="Message">A sentence for people.</param>
/// <param name="Retryable">Whether the same request can succeed later.</param>
/// <param name="About">The <c>mtype</c> this answers, if any.</param>
public sealed record ErrorPayload(string Code, string Message, bool Retryable, string? About = null) : SignalingPayload(SignalingMessageType.Error)
{
    /// <summary>The error of this code, with its own sentence.</summary>
    public static ErrorPayload Of(SignalingErrorCode code, string? about = null)
    {
        var info = SignalingErrorInfo.Of(code);
        return new ErrorPayload(info.Name, info.Message, info.Retryable, about);
    }

    internal override bool IsAcceptable() =>
        Code is { Length: > 0 and <= SignalingLimits.MaxWordLength } && Message is { Length: <= SignalingLimits.MaxTextLength }
        && About is null or { Length: <= SignalingLimits.MaxWordLength };
}
