using System.Net;
using System.Net.Sockets;

namespace PeerProxy.WebRtc.Hosting;

/// <summary>One system call per datagram, on every system.</summary>
internal sealed class PortableUdpPort : UdpPort
{
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(HostingLimits.MaxDatagramBytes, pinned: true);
    private readonly SocketAddress _source;
    private readonly SocketAddress _destination;

    public PortableUdpPort(Socket socket, int baseId)
        : base(socket, baseId)
    {
        _source = CreateSocketAddress();
        _destination = CreateSocketAddress();
    }

    protected override int SegmentLimit => 1;

    public override bool Receive(IDatagramSink sink)
    {
        for (var i = 0; i < HostingLimits.ReceiveBatch; i++)
        {
            // Asking first is cheaper than the exception of an empty socket.
            if (!Socket.Poll(0, SelectMode.SelectRead))
            {
                return false;
            }

            try
            {
                var length = Socket.ReceiveFrom(_buffer, SocketFlags.None, _source);
                if (TransportAddress.TryFrom(_source, out var remote))
                {
                    sink.OnDatagram(_buffer.AsSpan(0, length), BaseId, remote);
                }
            }
            catch (SocketException)
            {
                // A datagram longer than any of ours, or an ICMP error of an earlier send: that datagram is gone, the socket lives.
            }
        }

        return true;
    }

    protected override void Send(in TransportAddress remote, int segmentBytes, int segments)
    {
        remote.WriteTo(_destination);
        try
        {
            Socket.SendTo(Batch, SocketFlags.None, _destination);
        }
        catch (SocketException)
        {
            // Buffer full or no route: to the layers above a lost datagram like any other.
            DroppedSends++;
        }
    }
}
