using System.Net;
using System.Net.Sockets;
using PeerProxy.WebRtc.Hosting.Linux;

namespace PeerProxy.WebRtc.Hosting;

/// <summary>One UDP socket: receives in batches and sends in bursts. Used by the loop thread alone.</summary>
internal abstract class UdpPort : IDisposable
{
    private readonly byte[] _batch = GC.AllocateUninitializedArray<byte>(HostingLimits.MaxSegments * HostingLimits.MaxDatagramBytes, pinned: true);
    private TransportAddress _batchRemote;
    private int _batchBytes;
    private int _segmentBytes;
    private int _segments;

    protected UdpPort(Socket socket, int baseId)
    {
        Socket = socket;
        BaseId = baseId;
        LocalEndPoint = (IPEndPoint)socket.LocalEndPoint!;
        Family = socket.AddressFamily;
    }

    public int BaseId { get; }

    public Socket Socket { get; }

    public IPEndPoint LocalEndPoint { get; }

    /// <summary>Datagrams the kernel did not take: its buffer was full or it knew no route.</summary>
    public long DroppedSends { get; protected set; }

    protected AddressFamily Family { get; }

    protected ReadOnlySpan<byte> Batch => _batch.AsSpan(0, _batchBytes);

    /// <summary>How many equal datagrams may go out by one call; 1 where the system cannot split them.</summary>
    protected abstract int SegmentLimit { get; }

    /// <summary>Opens a socket on an address; "any IPv6" serves IPv4 as well where the system can.</summary>
    /// <exception cref="SocketException">The port is taken, or the address is not of this machine.</exception>
    public static UdpPort Open(IPAddress address, int port, int baseId)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            if (address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.Blocking = false;
            socket.ReceiveBufferSize = HostingLimits.SocketBufferBytes;
            socket.SendBufferSize = HostingLimits.SocketBufferBytes;
            if (OperatingSystem.IsWindows())
            {
                // SIO_UDP_CONNRESET: an ICMP "port unreachable" of one peer must not fail the next receive.
                socket.IOControl(unchecked((int)0x9800000C), [0, 0, 0, 0], null);
            }

            socket.Bind(new IPEndPoint(address, port));
            return LinuxSockets.IsSupported ? new LinuxUdpPort(socket, baseId) : new PortableUdpPort(socket, baseId);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Can this socket reach the remote's address family?</summary>
    public bool CanReach(in TransportAddress remote) =>
        Family == AddressFamily.InterNetworkV6 ? remote.IsIPv6 || Socket.DualMode : !remote.IsIPv6;

    /// <summary>Hands waiting datagrams to the sink.</summary>
    /// <returns>True when more may be waiting.</returns>
    public abstract bool Receive(IDatagramSink sink);

    /// <summary>Room for the next datagram, of at least <see cref="HostingLimits.MaxDatagramBytes"/>.</summary>
    public Span<byte> Reserve()
    {
        if (_segments >= SegmentLimit || _batch.Length - _batchBytes < HostingLimits.MaxDatagramBytes)
        {
            Flush();
        }

        return _batch.AsSpan(_batchBytes);
    }

    /// <summary>Sends what was written into the reserved room, together with its neighbours where they fit one call.</summary>
    public void Commit(int length, in TransportAddress remote)
    {
        if (_segments > 0 && (remote != _batchRemote || length > _segmentBytes))
        {
            var written = _batchBytes;
            Flush();
            _batch.AsSpan(written, length).CopyTo(_batch);
        }

        if (_segments == 0)
        {
            _batchRemote = remote;
            _segmentBytes = length;
        }

        _segments++;
        _batchBytes += length;
        if (length < _segmentBytes)
        {
            // Only the last datagram of a batch may be shorter.
            Flush();
        }
    }

    /// <summary>As <see cref="Commit"/>, for a datagram that asks whether its size gets through: goes alone, whole or not at all.</summary>
    public void CommitProbe(int length, in TransportAddress remote)
    {
        var written = _batchBytes;
        Flush();
        _batch.AsSpan(written, length).CopyTo(_batch);
        Commit(length, remote);
        ForbidFragments(true);
        Flush();
        ForbidFragments(false);
    }

    public void Flush()
    {
        if (_segments > 0)
        {
            Send(_batchRemote, _segmentBytes, _segments);
            _segments = 0;
            _batchBytes = 0;
        }
    }

    public virtual void Dispose() => Socket.Dispose();

    protected abstract void Send(in TransportAddress remote, int segmentBytes, int segments);

    /// <summary>Whether datagrams larger than the path carries are dropped instead of split; does nothing where the system cannot.</summary>
    protected virtual void ForbidFragments(bool isForbidden)
    {
    }

    protected SocketAddress CreateSocketAddress() => new(Family);
}
