namespace PeerProxy.WebRtc.Hosting.Servers;

/// <summary>Carries messages to one TURN server.</summary>
internal interface IServerChannel : IDisposable
{
    /// <summary>False when the message was dropped: no connection (yet), or too much waits.</summary>
    bool Send(ReadOnlySpan<byte> message);
}

/// <summary>To the server from our own UDP port, so that the server sees the address peers see.</summary>
internal sealed class UdpServerChannel(UdpPort port, TransportAddress server) : IServerChannel
{
    public bool Send(ReadOnlySpan<byte> message)
    {
        message.CopyTo(port.Reserve());
        port.Commit(message.Length, server);
        return true;
    }

    public void Dispose()
    {
        // The port is everybody's.
    }
}
