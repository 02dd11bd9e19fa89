using System.Globalization;

namespace PeerProxy.Protocol.Identity;

/// <summary>The exact texts that are signed (docs/protocol.md, section 7), and their verification.</summary>
/// <remarks>A statement is lines joined with a line feed, so a field with a control character could stand for two; such fields are refused.</remarks>
public static class SignedStatements
{
    public const string RegistrationTag = "peerproxy-register-v1";

    public const string AnswerTag = "peerproxy-answer-v1";

    public const string SessionTag = "peerproxy-session-v1";

    /// <summary>What an agent signs to register.</summary>
    /// <param name="nonce">The node's challenge, as sent.</param>
    /// <param name="name">The wanted id; null or empty for a random one.</param>
    /// <param name="epoch">The request's epoch, milliseconds since 1970.</param>
    /// <exception cref="ArgumentException">A field contains a control character.</exception>
    public static string Registration(string nonce, string? name, long epoch) =>
        Join(RegistrationTag, nonce, name ?? "", epoch.ToString(CultureInfo.InvariantCulture));

    /// <summary>What an agent signs with each answer.</summary>
    /// <param name="peerId">The agent's id.</param>
    /// <param name="nonce">The visitor's nonce, as sent.</param>
    /// <param name="visitorFingerprint">SHA-256 value of the offer's <c>a=fingerprint</c>, in the form of <see cref="SdpFingerprint"/>.</param>
    /// <param name="agentFingerprint">The same of the answer.</param>
    /// <exception cref="ArgumentException">A field contains a control character.</exception>
    public static string Answer(string peerId, string nonce, string visitorFingerprint, string agentFingerprint) =>
        Join(AnswerTag, peerId, nonce, visitorFingerprint, agentFingerprint);

    /// <summary>What a visitor's browser signs to be recognised.</summary>
    /// <exception cref="ArgumentException">A field contains a control character.</exception>
    public static string Session(string peerId, string nonce, string visitorFingerprint) =>
        Join(SessionTag, peerId, nonce, visitorFingerprint);

    /// <summary>Verifies a registration.</summary>
    public static bool VerifyRegistration(PeerPublicKey key, string? signature, string nonce, string? name, long epoch) =>
        AreClean(nonce, name ?? "") && key.Verify(Registration(nonce, name, epoch), signature);

    /// <summary>Verifies an answer.</summary>
    public static bool VerifyAnswer(
        PeerPublicKey key, string? signature, string peerId, string nonce, string visitorFingerprint, string agentFingerprint) =>
        AreClean(peerId, nonce, visitorFingerprint, agentFingerprint)
        && key.Verify(Answer(peerId, nonce, visitorFingerprint, agentFingerprint), signature);

    /// <summary>Verifies a visitor's session proof.</summary>
    public static bool VerifySession(PeerPublicKey key, string? signature, string peerId, string nonce, string visitorFingerprint) =>
        AreClean(peerId, nonce, visitorFingerprint) && key.Verify(Session(peerId, nonce, visitorFingerprint), signature);

    private static string Join(string tag, params ReadOnlySpan<string> fields)
    {
        if (!AreClean(fields))
        {
            throw new ArgumentException("A field of a signed statement contains a control character.", nameof(fields));
        }
        return string.Concat(tag, "\n", string.Join('\n', fields!));
    }

    private static bool AreClean(params ReadOnlySpan<string> fields)
    {
        foreach (var field in fields)
        {
            foreach (var c in field)
            {
                if (char.IsControl(c))
                {
                    return false;
                }
            }
        }
        return true;
    }
}
