using Org.BouncyCastle.Tls;

namespace PeerProxy.WebRtc.Dtls.BouncyCastle;

/// <summary>One handshake of BouncyCastle from its first flight to its last, on the thread it blocks.</summary>
internal static class HandshakeRun
{
    /// <summary>Never throws: how it ended is told to the transport.</summary>
    public static void Run(bool isClient, GcmTlsCrypto crypto, PeerIdentity identity, HandshakeTransport transport)
    {
        Exception? error = null;
        try
        {
            if (isClient)
            {
                new DtlsClientProtocol().Connect(new WebRtcTlsClient(crypto, identity), transport);
            }
            else
            {
                new DtlsServerProtocol().Accept(new WebRtcTlsServer(crypto, identity), transport);
            }
        }
#pragma warning disable CA1031 // The peer's bytes run through foreign code here: whatever it throws is a failed handshake, never a dead process.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            error = exception;
        }

        transport.Complete(error);
    }
}
