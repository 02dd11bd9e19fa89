using PeerProxy.WebRtc.Stun;

namespace PeerProxy.Fuzz.Targets;

/// <summary>STUN: the message, every attribute there is a reader for, integrity and fingerprint.</summary>
internal sealed class StunTarget : IFuzzTarget
{
    private static readonly byte[] _key = new byte[16];

    public string Name => "stun";

    public void Run(ReadOnlySpan<byte> input)
    {
        if (!StunMessageReader.TryParse(input, out var message))
        {
            return;
        }

        foreach (var attribute in message)
        {
            message.TryGetUInt32(attribute.Type, out _);
            message.TryGetUInt64(attribute.Type, out _);
            message.TryGetXorAddress(attribute.Type, out _);
        }

        message.TryGetMappedAddress(out _);
        message.TryGetAlternateServer(out _);
        message.TryGetErrorCode(out _);
        message.TryGetLocalUsernameFragment(out _);
        message.CheckIntegrity(_key);
        message.CheckIntegritySha256(_key);
        message.CheckFingerprint();
    }
}
