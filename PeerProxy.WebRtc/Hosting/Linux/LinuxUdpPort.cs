using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using static PeerProxy.WebRtc.Hosting.Linux.LinuxSockets;

namespace PeerProxy.WebRtc.Hosting.Linux;

/// <summary>Takes up to <see cref="HostingLimits.ReceiveBatch"/> datagrams by one call, and sends bursts by UDP segmentation offload.</summary>
internal sealed unsafe class LinuxUdpPort : UdpPort
{
    private const int AddressBytes = 28;

    private readonly byte[] _buffers = GC.AllocateUninitializedArray<byte>(HostingLimits.ReceiveBatch * HostingLimits.MaxDatagramBytes, pinned: true);
    private readonly byte[] _addresses = GC.AllocateArray<byte>(HostingLimits.ReceiveBatch * AddressBytes, pinned: true);
    private readonly MultiMessage[] _messages = GC.AllocateArray<MultiMessage>(HostingLimits.ReceiveBatch, pinned: true);
    private readonly IoVector[] _vectors = GC.AllocateArray<IoVector>(HostingLimits.ReceiveBatch, pinned: true);
    private readonly SocketAddress _source;
    private readonly SocketAddress _destination;
    private readonly SafeSocketHandle _handle;
    private readonly int _descriptor;
    private int _segmentLimit = HostingLimits.MaxSegments;

    public LinuxUdpPort(Socket socket, int baseId)
        : base(socket, baseId)
    {
        _source = CreateSocketAddress();
        _destination = CreateSocketAddress();
        _handle = socket.SafeHandle;
        _descriptor = (int)_handle.DangerousGetHandle();
        for (var i = 0; i < HostingLimits.ReceiveBatch; i++)
        {
            _vectors[i].Base = Pointer(_buffers, i * HostingLimits.MaxDatagramBytes);
            _vectors[i].Length = HostingLimits.MaxDatagramBytes;
            _messages[i].Header.Name = Pointer(_addresses, i * AddressBytes);
            _messages[i].Header.Vectors = (IoVector*)Marshal.UnsafeAddrOfPinnedArrayElement(_vectors, i);
            _messages[i].Header.VectorCount = 1;
        }
    }

    protected override int SegmentLimit => _segmentLimit;

    public override bool Receive(IDatagramSink sink)
    {
        for (var i = 0; i < HostingLimits.ReceiveBatch; i++)
        {
            _messages[i].Header.NameLength = AddressBytes;
        }

        var count = ReceiveMessages(
            _descriptor, (MultiMessage*)Marshal.UnsafeAddrOfPinnedArrayElement(_messages, 0), HostingLimits.ReceiveBatch, MessageDontWait, 0);
        for (var i = 0; i < count; i++)
        {
            var length = (int)_messages[i].Length;
            _addresses.AsSpan(i * AddressBytes, _source.Size).CopyTo(_source.Buffer.Span);
            if (length <= HostingLimits.MaxDatagramBytes && TransportAddress.TryFrom(_source, out var remote))
            {
                sink.OnDatagram(_buffers.AsSpan(i * HostingLimits.MaxDatagramBytes, length), BaseId, remote);
            }
        }

        return count == HostingLimits.ReceiveBatch;
    }

    protected override void Send(in TransportAddress remote, int segmentBytes, int segments)
    {
        if (remote.IsIPv6 && Family == AddressFamily.InterNetwork)
        {
            DroppedSends += segments;
            return;
        }

        remote.WriteTo(_destination);
        if (segments == 1)
        {
            CountDrops(TrySend(Batch, 0), 1);
            return;
        }

        var error = TrySend(Batch, segmentBytes);
        if (error is not (ErrorIo or ErrorInvalid or ErrorMessageTooLong))
        {
            CountDrops(error, segments);
            return;
        }

        // This kernel or device cannot split: never ask again. The batch goes out one by one. Larger ones fail where the path's MTU has shrunk.
        _segmentLimit = error == ErrorMessageTooLong || segmentBytes > HostingLimits.EthernetDatagramBytes ? _segmentLimit : 1;
        for (var rest = Batch; rest.Length > 0; rest = rest[Math.Min(segmentBytes, rest.Length)..])
        {
            CountDrops(TrySend(rest[..Math.Min(segmentBytes, rest.Length)], 0), 1);
        }
    }

    protected override void ForbidFragments(bool isForbidden)
    {
        Span<byte> value = stackalloc byte[sizeof(int)];
        MemoryMarshal.Write(value, isForbidden ? MtuDiscoverProbe : MtuDiscoverWant);
        if (Family == AddressFamily.InterNetworkV6)
        {
            Socket.SetRawSocketOption(Ipv6Level, Ipv6MtuDiscover, value);
        }

        if (Family == AddressFamily.InterNetwork || Socket.DualMode)
        {
            Socket.SetRawSocketOption(IpLevel, IpMtuDiscover, value);
        }
    }

    /// <returns>0, or the error number.</returns>
    private int TrySend(ReadOnlySpan<byte> bytes, int segmentBytes)
    {
        var control = new SegmentControl
        {
            Length = (nuint)(sizeof(nuint) + (2 * sizeof(int)) + sizeof(ushort)),
            Level = UdpLevel,
            Type = UdpSegment,
            Segment = (ushort)segmentBytes,
        };
        fixed (byte* data = bytes)
        fixed (byte* name = _destination.Buffer.Span)
        {
            var vector = new IoVector { Base = data, Length = (nuint)bytes.Length };
            var message = new MessageHeader
            {
                Name = name,
                NameLength = (uint)_destination.Size,
                Vectors = &vector,
                VectorCount = 1,
            };
            if (segmentBytes > 0)
            {
                message.Control = (byte*)&control;
                message.ControlLength = (nuint)sizeof(SegmentControl);
            }

            while (SendMessage(_descriptor, &message, MessageDontWait) < 0)
            {
                var error = Marshal.GetLastPInvokeError();
                if (error != ErrorInterrupted)
                {
                    return error;
                }
            }

            return 0;
        }
    }

    private void CountDrops(int error, int datagrams)
    {
        if (error != 0)
        {
            DroppedSends += datagrams;
        }
    }

    private static byte* Pointer(byte[] pinned, int offset) => (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(pinned, offset);
}
