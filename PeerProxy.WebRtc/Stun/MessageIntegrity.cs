using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace PeerProxy.WebRtc.Stun;

/// <summary>MESSAGE-INTEGRITY (HMAC-SHA1) and MESSAGE-INTEGRITY-SHA256, RFC 8489 sections 14.5 and 14.6.</summary>
public static class MessageIntegrity
{
    public const int Sha1Size = HMACSHA1.HashSizeInBytes;
    public const int Sha256Size = HMACSHA256.HashSizeInBytes;

    /// <summary>Authenticated messages are requests and responses that fit a datagram; anything longer is not worth a copy or a hash.</summary>
    public const int MaxAuthenticatedBytes = 2048;

    /// <summary>The key of long-term credentials: MD5(username ":" realm ":" password), RFC 8489 section 9.2.2.</summary>
    /// <remarks>The inputs are taken as they are: no SASLprep, which changes nothing for the ASCII credentials TURN services hand out.</remarks>
    public static byte[] LongTermKey(string username, string realm, string password) =>
        // MD5 is what the protocol defines here; the strength comes from the HMAC over it.
#pragma warning disable CA5351
        MD5.HashData(Encoding.UTF8.GetBytes($"{username}:{realm}:{password}"));
#pragma warning restore CA5351

    /// <summary>The hash over <paramref name="message"/> up to <paramref name="attributeOffset"/>, with the header's length as if the attribute were the last one.</summary>
    /// <returns>False when the message is too long to be authenticated.</returns>
    internal static bool TryCompute(ReadOnlySpan<byte> message, int attributeOffset, ReadOnlySpan<byte> key, Span<byte> hash)
    {
        if (attributeOffset > MaxAuthenticatedBytes)
        {
            return false;
        }

        Span<byte> copy = stackalloc byte[attributeOffset];
        message[..attributeOffset].CopyTo(copy);
        int lengthWithAttribute = attributeOffset + 4 + hash.Length - StunMessageReader.HeaderSize;
        BinaryPrimitives.WriteUInt16BigEndian(copy[2..], (ushort)lengthWithAttribute);
        if (hash.Length == Sha1Size)
        {
            // HMAC-SHA1 is what RFC 8445 demands of connectivity checks.
#pragma warning disable CA5350
            HMACSHA1.HashData(key, copy, hash);
#pragma warning restore CA5350
        }
        else
        {
            HMACSHA256.HashData(key, copy, hash);
        }

        return true;
    }
}
